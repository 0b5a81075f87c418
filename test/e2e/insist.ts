import { z } from 'zod'
import { sleep } from '../../shared/retry.ts'
import type { System } from './system.ts'

const Accepted = z.object({ batch_id: z.string(), correlation_id: z.string() })

const AGAIN_MS = 200

/** A client that repeats its calls under their idempotency keys, at another gateway each time, until they are accepted. */
export const createInsist = (system: Pick<System, 'call' | 'numbers'>) => {
  let repeats = 0
  return {
    /** The body of the 2xx. Rejects when the call is refused for good, and once the signal aborts. */
    async insist(path: string, body: unknown, key: string, signal?: AbortSignal): Promise<z.infer<typeof Accepted>> {
      for (let n = 0; ; n++) {
        const answer = await system
          .call(path, body, system.numbers[n % system.numbers.length], { 'idempotency-key': key })
          .catch(() => undefined)
        if (answer?.ok) return Accepted.parse(await answer.json())
        if (answer && answer.status < 500 && answer.status !== 409) throw new Error(`${path}: ${answer.status}`)
        repeats += 1
        await sleep(AGAIN_MS, signal)
        signal?.throwIfAborted()
      }
    },
    /** How many calls were repeated. */
    repeats: (): number => repeats,
  }
}
export type Insist = ReturnType<typeof createInsist>['insist']
