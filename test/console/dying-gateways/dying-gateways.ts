import { sleep } from '../../../shared/retry.ts'
import { createInsist } from '../../e2e/insist.ts'
import { REQUEST, startSystem } from '../../e2e/system.ts'
import type { Engine } from '../../engines/engine.ts'
import { installEngines } from '../../engines/install.ts'
import { createNginx } from '../../engines/nginx.ts'
import { compare } from './compare.ts'
import { killInTurn } from './deaths.ts'
import { createWatcher, type Watcher } from './watcher.ts'

export interface DyingOptions {
  readonly brokers: string
  readonly redisUrl: string
  /** For all topics and keys. */
  readonly prefix: string
  readonly runs: number
  /** How many runs are under way at the same time. */
  readonly workers: number
  /** From one death to the next. */
  readonly everyMs: number
  /** After so long nobody is waited for any more. */
  readonly limitMs: number
}

export interface DyingResult {
  readonly deaths: Readonly<Record<string, number>>
  readonly ended: number
  readonly streams: number
  readonly snapshots: number
  /** Calls that had to be repeated. */
  readonly repeats: number
  /** Ids that did not grow, and clients that were refused. */
  readonly wrong: readonly string[]
  /** Clients whose last state is not the newest. */
  readonly behind: readonly string[]
}

const GATEWAYS = 2
const IDLE_SECONDS = 5
const LOOK_MS = 50
const PROGRESS_MS = 10_000
const ENDED: readonly string[] = ['completed_successfully', 'completed_with_failures', 'failed', 'cancelled']

/**
 * Two gateways behind nginx, which are killed in turn while batches run, each followed by a client of the console from its
 * registration to the very end; then what each client shows is held against the gateway's status and the conductor's.
 * Ends all that it started, but for the engines, which are not its own.
 */
export const runDyingGateways = async (
  options: DyingOptions,
  say: (line: string) => void,
  stop?: AbortSignal,
): Promise<DyingResult> => {
  const { brokers, redisUrl, prefix, runs, workers, everyMs, limitMs } = options
  const system = await startSystem({
    ...{ kafka: { address: brokers }, redis: { address: redisUrl }, replicas: 1, gateways: GATEWAYS },
    environment: {
      ...{ KAFKA_PREFIX: prefix, REDIS_PREFIX: prefix, TOPIC_PARTITIONS: '2' },
      ...{ STREAMS_PER_USER: `${runs + 1}`, READY_WAIT_SECONDS: '600', SIMULATOR_PHASE_MS: '300' },
    },
  })
  const upstreams = system.gatewayUrls.map((url) => new URL(url).host)
  const watchers: Watcher[] = []
  let progress: NodeJS.Timeout | undefined
  let proxy: Engine | undefined
  try {
    const nginx = await createNginx(await installEngines(say), { upstreams, idleSeconds: IDLE_SECONDS })
    proxy = nginx
    await nginx.start()
    const token = system.authorization.replace('Bearer ', '')
    const { insist, repeats } = createInsist({
      numbers: [1],
      call: (path, body, _, headers) => system.callAt(nginx.address, path, body, headers),
    })
    const late = AbortSignal.any([AbortSignal.timeout(limitMs), ...(stop ? [stop] : [])])
    const hasEnded = (watcher: Watcher) => ENDED.includes(watcher.shown()?.details.run?.status ?? '')
    const ended = () => watchers.filter(hasEnded).length
    progress = setInterval(() => say(`${watchers.length} batches registered, ${ended()} runs ended`), PROGRESS_MS)

    let begun = 0
    let requested = 0
    const one = async (n: number): Promise<void> => {
      const body = { expected_essay_count: 3, course_code: 'ENG5' }
      const { batch_id: batchId } = await insist('/v1/batches/register', body, `register-${n}`, late)
      const watcher = createWatcher({ baseUrl: nginx.address, token, batchId })
      watchers.push(watcher)
      await insist(`/v1/batches/${batchId}/pipelines`, REQUEST, `request-${n}`, late)
      requested += 1
      while (!hasEnded(watcher) && !late.aborted) await sleep(LOOK_MS, late)
    }
    const worker = async (): Promise<void> => {
      while (begun < runs && !late.aborted)
        await one(begun++).catch((thrown: unknown) => {
          // What is not done when the time is over is told in numbers.
          if (!late.aborted) throw thrown
        })
    }
    const working = Promise.all(Array.from({ length: workers }, worker))
    const loaded = new AbortController()
    void working.finally(() => loaded.abort()).catch(() => {})
    const over = AbortSignal.any([late, loaded.signal])
    // Not before everybody is at work: what is killed then has clients.
    while (requested < Math.min(workers, runs) && !over.aborted) await sleep(LOOK_MS, over)
    const [deaths] = await Promise.all([killInTurn({ system, proxy: nginx, everyMs, say }, over), working])
    stop?.throwIfAborted()
    const behind = await compare({ system, baseUrl: nginx.address, watchers, signal: stop })
    return {
      ...{ deaths, behind, ended: ended(), repeats: repeats() },
      streams: watchers.reduce((sum, watcher) => sum + watcher.streams(), 0),
      snapshots: watchers.reduce((sum, watcher) => sum + watcher.snapshots(), 0),
      wrong: watchers.flatMap(({ wrong }) => wrong),
    }
  } finally {
    clearInterval(progress)
    for (const watcher of watchers) watcher.stop()
    await Promise.allSettled([system.stop(), proxy?.dispose()])
  }
}

/** The lines that a person reads, and whether all is well. */
export const reportOf = (result: DyingResult, wanted: number): { readonly lines: string[]; readonly ok: boolean } => {
  const { deaths, ended, streams, snapshots, repeats, wrong, behind } = result
  const problems = [...wrong, ...behind]
  const lines = [
    `killed: ${Object.entries(deaths)
      .map(([name, times]) => `${name} ${times} times`)
      .join(', ')}`,
    `${ended} of ${wanted} runs ended in front of their clients, ${repeats} calls repeated`,
    `${streams} streams opened, ${snapshots} snapshots shown`,
    `${wrong.length} ids that did not grow, refusals and lost streams`,
    `${behind.length} clients whose last state is not the newest`,
    ...problems.slice(0, MOST),
    ...(problems.length > MOST ? [`... and ${problems.length - MOST} more`] : []),
  ]
  return { lines, ok: problems.length === 0 && ended === wanted }
}

/** So many problems are printed. */
const MOST = 50
