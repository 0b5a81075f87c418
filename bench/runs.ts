import { z } from 'zod'
import { TOPICS } from '../shared/contracts/topics.ts'
import { createKafkaLog } from '../shared/log/kafka/log.ts'
import { silent } from '../test/support/silent.ts'
import { until } from '../test/support/until.ts'
import { type BenchEngines, concurrently, type Figure, median } from './figure.ts'
import { SERVICES, type ServicesOptions, startServices } from './services.ts'

const BATCHES = 200
const CLIENTS = 20
const ROUNDS = 3
const ESSAYS = ['a', 'b', 'c']
const Registered = z.object({ batch_id: z.string() })
const WAIT = { timeoutMs: 120_000 }

/** What runs cost. */
export interface Ran {
  readonly perSecond: number
  /** CPU milliseconds of all processes of these services for one run, its registration included. */
  readonly cpuMs: number
}

/** Lets batches run through two phases on services that it starts, several times; the first time does not count. */
export const measureRuns = async (
  engines: BenchEngines,
  { rounds = ROUNDS, ...options }: ServicesOptions & { readonly rounds?: number } = {},
): Promise<Ran> => {
  const { programs, prefix, post, cpuSeconds } = await startServices(engines, options)
  const log = createKafkaLog({ brokers: engines.brokers, clientId: 'bench', logger: silent, prefix })
  const [ready, ended] = [new Set<string>(), new Map<string, number>()]
  const keyOf = (key: Uint8Array | null) => new TextDecoder().decode(key ?? undefined)
  const used = async () => (await Promise.all(SERVICES.map(cpuSeconds))).reduce((sum, one) => sum + one, 0)
  try {
    const watcher = await log.consume(
      { group: 'watcher', topics: [TOPICS.contentProvisioned, TOPICS.pipelineCompleted] },
      async (records) => {
        for (const { topic, key } of records)
          if (topic === TOPICS.pipelineCompleted) ended.set(keyOf(key), performance.now())
          else ready.add(keyOf(key))
      },
    )
    const register = async (): Promise<string> => {
      const body = { expected_essay_count: ESSAYS.length, course_code: 'ENG5', essay_ids: ESSAYS }
      return Registered.parse(await (await post('/v1/batches/register', body)).json()).batch_id
    }
    const [speeds, costs]: number[][] = [[], []]
    for (let round = 0; round <= rounds; round++) {
      const ids: string[] = []
      const before = await used()
      await concurrently(CLIENTS, BATCHES, async () => void ids.push(await register()))
      await until(() => ids.every((id) => ready.has(id)), { ...WAIT, what: 'the contents' })
      const started = performance.now()
      await concurrently(CLIENTS, BATCHES, async (n) => {
        const answer = await post(`/v1/batches/${ids[n]}/pipelines`, {
          requested_pipeline: 'nlp',
          prompt_payload: { assignment_id: 'a-1' },
        })
        if (!answer.ok) throw new Error(`${answer.status}: ${await answer.text()}`)
      })
      await until(() => ids.every((id) => ended.has(id)), { ...WAIT, what: 'the runs to end' })
      const last = Math.max(...ids.map((id) => ended.get(id) ?? 0))
      if (round === 0) continue
      speeds?.push(BATCHES / ((last - started) / 1_000))
      costs?.push((1_000 * ((await used()) - before)) / BATCHES)
    }
    await watcher.stop()
    return { perSecond: median(speeds ?? []), cpuMs: median(costs ?? []) }
  } finally {
    await log.close()
    await programs.endAll()
  }
}

/** From a client's request to the message that says the run has ended, all of it on real Kafka and Redis. */
export const runs: Figure = {
  name: 'runs',
  about: `runs of 2 phases and ${ESSAYS.length} essays end to end, each service one process, the specialists take no time`,
  async measure(engines) {
    const { perSecond, cpuMs } = await measureRuns(engines)
    return [{ what: 'runs/s through two phases', value: perSecond, cpuMs, note: `${BATCHES} batches at once` }]
  },
}
