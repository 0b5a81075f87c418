import { createInsist } from '../e2e/insist.ts'
import { type System, startSystem } from '../e2e/system.ts'
import { installEngines } from '../engines/install.ts'
import { createKafkaNode } from '../engines/kafka.ts'
import { createRedisNode } from '../engines/redis.ts'
import { check } from './check.ts'
import { type Befallen, befall } from './faults.ts'
import { createLoad } from './load.ts'
import type { ChaosOptions } from './options.ts'
import type { Verdict } from './verify.ts'

export interface ChaosResult extends Befallen, Verdict {
  readonly batches: number
  /** Requests that were answered 202. */
  readonly accepted: number
  /** Calls that had to be repeated. */
  readonly repeats: number
  /** What clients saw and never may, and what services said as they fell over. */
  readonly problems: readonly string[]
}

const PROGRESS_MS = 15_000
/** No request is refused because its content took long: that would be a verdict, and is not what is looked for. */
const ENVIRONMENT = { READY_WAIT_SECONDS: '1800', SIMULATOR_PHASE_MS: '100' }

/**
 * Every service on a Kafka and a Redis of their own, killed and restarted in turn while batches run; then the books
 * are checked. Ends all that it started. `stop` ends it early, with an error.
 */
export const runChaos = async (
  options: ChaosOptions,
  say: (line: string) => void,
  stop?: AbortSignal,
): Promise<ChaosResult> => {
  const { batches, workers, replicas, everyMs, rounds, seed, fsync, limitMs } = options
  const programs = await installEngines(say)
  const kafka = await createKafkaNode(programs)
  const redis = await createRedisNode(programs, { args: ['--appendfsync', fsync] })
  let system: System | undefined
  let progress: NodeJS.Timeout | undefined
  try {
    await Promise.all([kafka.start(), redis.start()])
    stop?.throwIfAborted()
    system = await startSystem({ kafka, redis, replicas, environment: ENVIRONMENT })
    say(`${replicas} of every service run on Kafka and on Redis (append-only file, fsync ${fsync})`)
    const { insist, repeats } = createInsist(system)
    const load = createLoad({ system, insist, batches, workers })
    progress = setInterval(() => say(load.progress()), PROGRESS_MS)

    const late = AbortSignal.any([AbortSignal.timeout(limitMs), ...(stop ? [stop] : [])])
    const loaded = new AbortController()
    const befalling = befall(
      { system, engines: [redis, kafka], everyMs, rounds, seed, say },
      AbortSignal.any([late, loaded.signal]),
    )
    await load.run(late).finally(() => loaded.abort())
    const befallen = await befalling
    stop?.throwIfAborted()
    await system.allReady()
    say(`${load.progress()}; checking`)
    const verdict = await check({ system, kafka, redis, load })
    return {
      ...befallen,
      ...verdict,
      batches: load.followed().length,
      accepted: load.followed().reduce((sum, { accepted }) => sum + accepted.length, 0),
      repeats: repeats(),
      problems: load.problems(),
    }
  } finally {
    clearInterval(progress)
    await system?.stop()
    await Promise.allSettled([kafka.dispose(), redis.dispose()])
  }
}

/** The lines that a person reads, and whether all is well. */
export const reportOf = (result: ChaosResult, wanted: number): { readonly lines: string[]; readonly ok: boolean } => {
  const { lost, commandedTwice, notEnded, different, problems } = result
  const wrong = [...lost, ...commandedTwice, ...notEnded, ...different, ...problems]
  const missing = wanted - result.batches
  const lines = [
    `${result.kills} kills of services, ${result.restarts} restarts of engines, ${result.repeats} calls repeated by clients`,
    `${result.batches} of ${wanted} batches registered, ${result.accepted} requests accepted`,
    `${lost.length} accepted requests lost`,
    `${commandedTwice.length} phases commanded, or ends told, twice with different ids`,
    `${notEnded.length} runs that have not ended`,
    `${different.length} batches whose status differs between gateway, conductor and log`,
    `${problems.length} problems that clients saw`,
    ...wrong.slice(0, MOST),
    ...(wrong.length > MOST ? [`... and ${wrong.length - MOST} more`] : []),
  ]
  return { lines, ok: wrong.length === 0 && missing === 0 }
}

/** So many wrong things are printed. */
const MOST = 50
