import { z } from 'zod'
import { until } from '../test/support/until.ts'
import { cost } from './cost.ts'
import { concurrently, type Figure, median, percentile } from './figure.ts'
import { SERVICES, startServices } from './services.ts'

const REQUESTS = 2_000
const CLIENTS = 50
const PLANS = 200
const RUNS = 3
const ESSAYS = ['a', 'b', 'c']

/** Milliseconds that each of `count` calls took, so many at a time. */
const timed = async (count: number, at: number, call: (n: number) => Promise<Response>): Promise<number[]> => {
  const times: number[] = []
  await concurrently(at, count, async (n) => {
    const started = performance.now()
    const answer = await call(n)
    const text = await answer.text()
    if (!answer.ok) throw new Error(`${answer.status}: ${text}`)
    times.push(performance.now() - started)
  })
  return times
}

/** The least that a server does with the same body: read it and answer. */
const bare = async (): Promise<number> => {
  const server = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    fetch: async (request) => Response.json({ got: Object.keys(Object(await request.json())).length }, { status: 202 }),
  })
  const body = JSON.stringify({ requested_pipeline: 'ai_feedback', prompt_payload: { assignment_id: 'a-1' } })
  const post = () => fetch(server.url, { method: 'POST', body, headers: { 'content-type': 'application/json' } })
  const { perSecond } = await cost(REQUESTS, () => timed(REQUESTS, CLIENTS, post))
  await server.stop(true)
  return perSecond
}

const Registered = z.object({ batch_id: z.string() })
const Status = z.object({ status: z.string() })
const REQUEST = { requested_pipeline: 'ai_feedback', prompt_payload: { assignment_id: 'a-1' } }

/** From a client's request to a durable 202, to a plan, and to the end of a run. */
export const requests: Figure = {
  name: 'requests',
  about: `${CLIENTS} clients at a time, each service one process, on real Kafka and Redis`,
  async measure(engines) {
    const { programs, cpuSeconds, get, post } = await startServices(engines)
    try {
      const register = async (): Promise<string> => {
        const body = { expected_essay_count: ESSAYS.length, course_code: 'ENG5', essay_ids: ESSAYS }
        return Registered.parse(await (await post('/v1/batches/register', body)).json()).batch_id
      }
      const batches = await Promise.all(Array.from({ length: CLIENTS }, register))
      const at = (n: number) => `/v1/batches/${batches[n % batches.length]}`
      const status = async (path: string): Promise<string> =>
        Status.parse(await (await get(`${path}/status`)).json()).status
      await until(async () => (await Promise.all(batches.map((_, n) => status(at(n))))).every((s) => s === 'ready'), {
        ...{ timeoutMs: 60_000, what: 'the batches to be ready' },
      })

      const usedByAll = async () => (await Promise.all(SERVICES.map(cpuSeconds))).reduce((sum, one) => sum + one, 0)
      const [plans, planCosts]: number[][] = [[], []]
      for (let run = 0; run < RUNS; run++) {
        const before = await usedByAll()
        plans?.push(percentile(await timed(PLANS, CLIENTS, (n) => post(`${at(n)}/plans`, REQUEST)), 95))
        planCosts?.push((1_000 * ((await usedByAll()) - before)) / PLANS)
      }

      const ended: number[] = []
      const used = await Promise.all(SERVICES.map((name) => cpuSeconds(name)))
      await Promise.all(
        batches.map(async (_, n) => {
          const started = performance.now()
          await post(`${at(n)}/pipelines`, REQUEST)
          await until(async () => (await status(at(n))).startsWith('completed'), {
            ...{ timeoutMs: 120_000, what: 'the run to end', intervalMs: 50 },
          })
          ended.push(performance.now() - started)
        }),
      )

      const now = await Promise.all(SERVICES.map((name) => cpuSeconds(name)))
      const perBatch = SERVICES.map((name, i) => ({
        what: `CPU ms of the ${name} for a batch of ${ESSAYS.length} essays and 3 phases`,
        value: (1_000 * ((now[i] ?? 0) - (used[i] ?? 0))) / batches.length,
        note: name === 'gateway' ? 'most of it is polling for the status' : 'also what it does when idle',
      }))

      const [speeds, ceilings, latencies, costs]: number[][] = [[], [], [], []]
      for (let run = 0; run < RUNS; run++) {
        ceilings?.push(await bare())
        const before = await cpuSeconds('gateway')
        const started = performance.now()
        const times = await timed(REQUESTS, CLIENTS, (n) => post(`${at(n)}/pipelines`, REQUEST))
        speeds?.push(REQUESTS / ((performance.now() - started) / 1_000))
        latencies?.push(percentile(times, 95))
        costs?.push(((await cpuSeconds('gateway')) - before) / REQUESTS)
      }
      return [
        {
          what: 'durable requests a second (row G15 asks for 100 a minute)',
          value: median(speeds ?? []),
          ceiling: median(ceilings ?? []),
          cpuMs: 1_000 * median(costs ?? []),
          note: 'ceiling: a bare server that reads the same body, and the same clients',
        },
        { what: 'ms until a request is durable, 95 %', value: median(latencies ?? []), note: 'at full load' },
        { what: 'CPU ms of the gateway for a request', value: 1_000 * median(costs ?? []) },
        {
          what: 'ms for a plan, 95 % of 50 at a time (C10; T1 asks for 2,000)',
          value: median(plans ?? []),
          cpuMs: median(planCosts ?? []),
          note: 'CPU of all three services',
        },
        {
          what: 'ms from request to the end of a run of 3 phases, 95 % of 50 at a time (T1 asks for 5,000)',
          value: percentile(ended, 95),
          cpuMs: perBatch.reduce((sum, { value }) => sum + value, 0),
          note: 'specialists that take no time; seen by polling every 50 ms',
        },
        ...perBatch,
      ]
    } finally {
      await programs.endAll()
    }
  },
}
