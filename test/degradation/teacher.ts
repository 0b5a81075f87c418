import { z } from 'zod'
import { sleep } from '../../shared/retry.ts'
import { createInsist } from '../e2e/insist.ts'
import { REQUEST, type System } from '../e2e/system.ts'
import { until } from '../support/until.ts'

const Body = z.looseObject({ code: z.string().optional(), batch_id: z.string().optional(), status: z.unknown() })
export const bodyOf = async (answer: Response) => Body.parse(await answer.json())

export const registration = (system: System): Promise<Response> =>
  system.call('/v1/batches/register', { expected_essay_count: 2, course_code: 'ENG5', essay_ids: ['a', 'b'] })

export const register = async (system: System): Promise<string> =>
  (await bodyOf(await registration(system))).batch_id ?? ''

export const untilStatus = (system: System, batch: string, wanted: RegExp): Promise<unknown> =>
  until(async () => wanted.test(String((await bodyOf(await system.call(`/v1/batches/${batch}/status`))).status)), {
    ...{ timeoutMs: 120_000, what: `${batch} to be ${wanted}`, intervalMs: 200 },
  })

/** So many teachers at a time. */
const WORKERS = [1, 2, 3]
/** Milliseconds from one batch of a teacher to the next. */
const BETWEEN_MS = 100
/** Milliseconds in which every call of a teacher must be accepted in the end. */
const PATIENCE_MS = 120_000

/**
 * Teachers who register a batch and ask for a pipeline, again and again, each call repeated under its key until it is
 * accepted, on every gateway in turn. `end` stops them, and resolves when all runs have ended.
 */
export const startLoad = (system: System) => {
  const batches: string[] = []
  const { insist, repeats } = createInsist(system)
  const stopping = new AbortController()
  const load = crypto.randomUUID()
  const work = async (worker: number): Promise<void> => {
    for (let n = 0; !stopping.signal.aborted; n++) {
      const key = `${load}-${worker}-${n}`
      const body = { expected_essay_count: 1, course_code: 'ENG5', essay_ids: ['a'] }
      const { batch_id } = await insist('/v1/batches/register', body, key, AbortSignal.timeout(PATIENCE_MS))
      const path = `/v1/batches/${batch_id}/pipelines`
      await insist(path, REQUEST, key, AbortSignal.timeout(PATIENCE_MS))
      batches.push(batch_id)
      await sleep(BETWEEN_MS, stopping.signal)
    }
  }
  const all = Promise.all(WORKERS.map(work))
  // Whoever waits for the end hears of it.
  all.catch(() => undefined)
  return {
    /** Batches whose request was accepted so far. */
    batches: batches as readonly string[],
    async end() {
      stopping.abort()
      await all
      for (const batch of batches) await untilStatus(system, batch, /^completed/)
      return { accepted: batches.length, repeats: repeats() }
    },
  }
}
