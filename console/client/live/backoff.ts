export interface Backoff {
  /** Milliseconds to wait before the next try; grows with every try since the last success. */
  next(): number
  /** It went well. */
  reset(): void
  /** What a server asked for as the first pause. */
  base(ms: number): void
}

const CAP_MS = 15_000

/**
 * Exponential with full jitter: after a gateway dies its clients come back spread over the whole pause, and not all in
 * the same moment.
 */
export const createBackoff = (baseMs = 500, random: () => number = Math.random): Backoff => {
  let base = baseMs
  let tries = 0
  return {
    next() {
      const limit = Math.min(CAP_MS, base * 2 ** tries)
      tries += 1
      return Math.round(limit / 4 + random() * (limit * 0.75))
    },
    reset() {
      tries = 0
    },
    base(ms) {
      base = ms
    },
  }
}

/** Tells when waiting makes no more sense, because the network is back or the page is looked at again. */
export type WakeHook = (wake: () => void) => () => void

/** The browser's own signs; elsewhere there are none. */
export const browserWake: WakeHook = (wake) => {
  const target: Partial<Pick<EventTarget, 'addEventListener' | 'removeEventListener'>> = globalThis
  target.addEventListener?.('online', wake)
  return () => target.removeEventListener?.('online', wake)
}

/** Resolves after so many milliseconds, when woken, or when the signal is aborted. */
export const pause = (ms: number, signal: AbortSignal, onWake: WakeHook): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) return resolve()
    const done = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      unsubscribe()
      resolve()
    }
    const timer = setTimeout(done, ms)
    signal.addEventListener('abort', done)
    const unsubscribe = onWake(done)
  })
