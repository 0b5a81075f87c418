import { gcra } from './gcra.ts'
import type { RateLimitStore } from './port.ts'

export interface LocalRateLimitOptions {
  /** Microseconds since 1970. */
  readonly clock: () => number
  /** How many clients are remembered at most; default 50,000. */
  readonly maxKeys?: number
}

/** Limits of one process: for the embedded way, and while Redis is away. */
export const createLocalRateLimitStore = ({ clock, maxKeys = 50_000 }: LocalRateLimitOptions): RateLimitStore => {
  const times = new Map<string, number>()

  /** A key whose time has passed says nothing; when all still count, the oldest goes. */
  const makeRoom = (now: number): void => {
    for (const [key, wholeAt] of times) if (wholeAt <= now) times.delete(key)
    const oldest = times.keys().next()
    if (times.size >= maxKeys && !oldest.done) times.delete(oldest.value)
  }

  return {
    async take(budgets) {
      const now = clock()
      const steps = budgets.map(({ key, limit }) => ({ key, ...gcra(times.get(key), now, limit) }))
      const admitted = steps.every(({ allowed }) => allowed)
      for (const { key, kept } of steps) {
        if (times.size >= maxKeys && !times.has(key)) makeRoom(now)
        times.set(key, kept(admitted))
      }
      return steps.map(({ verdict }) => verdict(admitted))
    },
  }
}
