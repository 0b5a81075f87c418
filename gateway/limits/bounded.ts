import { PassingError } from '../../shared/errors.ts'
import { within } from '../../shared/within.ts'
import type { RateLimitStore } from './port.ts'

export interface BoundedStoreOptions {
  readonly store: RateLimitStore
  /** Milliseconds that one call may take. */
  readonly timeoutMs: number
  /** Milliseconds since 1970. */
  readonly clock: () => number
  /** Milliseconds for which nobody asks after a failure; default 1,000. */
  readonly pauseMs?: number
}

/**
 * A shared store that a request never waits long for: a call rejects with a PassingError when the time is over, and for a
 * while after that at once. Then one call alone finds out whether the store is back, and the others do not wait for it. A call
 * that was given up may still be counted later, which costs its client one call.
 */
export const createBoundedStore = ({
  store,
  timeoutMs,
  clock,
  pauseMs = 1_000,
}: BoundedStoreOptions): RateLimitStore => {
  const late = () => new PassingError('redis', `the limits were not answered within ${timeoutMs} ms`)
  let notBefore = 0

  return {
    async take(budgets) {
      const now = clock()
      if (now < notBefore) throw new PassingError('redis', 'the limits are not asked for now: they failed just before')
      const isProbe = notBefore > 0
      if (isProbe) notBefore = now + timeoutMs
      try {
        const verdicts = await within(timeoutMs, () => store.take(budgets), late)
        notBefore = 0
        return verdicts
      } catch (thrown) {
        if (thrown instanceof PassingError) notBefore = clock() + pauseMs
        throw thrown
      }
    },
  }
}
