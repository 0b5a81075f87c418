import type { Limit, Verdict } from './port.ts'

/** The step of the algorithm, all times in microseconds: the new time of the key, unchanged when the call is refused. */
export const gcra = (
  wholeAt: number | undefined,
  now: number,
  { perMinute, burst }: Limit,
): { readonly wholeAt: number; readonly verdict: Verdict } => {
  const interval = Math.floor(60_000_000 / perMinute)
  const base = Math.max(wholeAt ?? now, now)
  const next = base + interval
  const earliest = next - interval * burst
  const allowed = now >= earliest
  const kept = allowed ? next : base
  return {
    wholeAt: kept,
    verdict: {
      allowed,
      remaining: Math.max(0, Math.floor((interval * burst - (kept - now)) / interval)),
      retryAfterMs: allowed ? 0 : Math.ceil((earliest - now) / 1_000),
      resetMs: Math.ceil((kept - now) / 1_000),
    },
  }
}
