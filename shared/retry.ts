export interface BackoffOptions {
  /** Milliseconds of the first pause. */
  readonly baseMs: number
  /** Milliseconds that no pause exceeds. */
  readonly capMs: number
  /** 0 to 1; default `Math.random`. */
  readonly random?: () => number
}

/** Milliseconds to wait before try number `attempt` (from 0): doubling, capped, and spread over its upper half. */
export const backoff = (attempt: number, { baseMs, capMs, random = Math.random }: BackoffOptions): number => {
  const full = Math.min(capMs, baseMs * 2 ** Math.min(attempt, 30))
  return full / 2 + (full / 2) * random()
}

/** Resolves after so many milliseconds, or at once when the signal aborts. Never rejects. */
export const sleep = (ms: number, signal?: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal?.aborted) return resolve()
    const done = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    signal?.addEventListener('abort', done)
  })
