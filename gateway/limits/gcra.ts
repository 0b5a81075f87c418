import { intervalOf } from './interval.ts'
import type { Limit, Verdict } from './port.ts'

/** The step of the algorithm for one budget, all times in microseconds: what becomes of it when the call is admitted or not. */
export const gcra = (wholeAt: number | undefined, now: number, limit: Limit) => {
  const { burst } = limit
  const interval = intervalOf(limit)
  const base = Math.max(wholeAt ?? now, now)
  const following = base + interval
  const earliest = following - interval * burst
  const allowed = now >= earliest
  return {
    allowed,
    /** The key's time after the call; unchanged when it is refused, also by another budget. */
    kept: (admitted: boolean): number => (admitted ? following : base),
    verdict(admitted: boolean): Verdict {
      const kept = admitted ? following : base
      return {
        allowed,
        remaining: Math.max(0, Math.floor((interval * burst - (kept - now)) / interval)),
        retryAfterMs: allowed ? 0 : Math.ceil((earliest - now) / 1_000),
        resetMs: Math.ceil((kept - now) / 1_000),
      }
    },
  }
}
