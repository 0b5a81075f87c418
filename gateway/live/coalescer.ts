/** Runs something after so many milliseconds; the answer calls it off. */
export type Later = (ms: number, work: () => void) => () => void

export const later: Later = (ms, work) => {
  const timer = setTimeout(work, ms)
  return () => clearTimeout(timer)
}

export interface CoalescerOptions {
  /** Reads these keys. What it rejects with is nobody's business here: it must deal with that itself. */
  readonly read: (keys: readonly string[]) => Promise<void>
  /** Milliseconds from the end of a key's read to the start of its next one. */
  readonly spacingMs: number
  /** Keys in one read. */
  readonly maxKeys: number
  /** Reads at a time. */
  readonly maxReads: number
  /** Milliseconds that only grow. */
  readonly clock: () => number
  readonly later: Later
}

export interface Coalescer {
  /**
   * Wants the key read. A read that begins after this call answers it, whatever else is under way; several calls may
   * share one read. True when it shares one that was already wanted.
   */
  ask(key: string): boolean
  /** The same for what has probably not changed: it waits behind all that was asked for. */
  check(key: string): void
  /** Nothing is read any more. */
  stop(): void
}

/**
 * Reads keys in bulk, each at most once in a while, and never forgets the last ask: what many changes in a row come to
 * is one read at once, some in between, and one at the end.
 */
export const createCoalescer = (options: CoalescerOptions): Coalescer => {
  const { read, spacingMs, maxKeys, maxReads, clock, later } = options
  const ready = new Set<string>()
  /** Read when nothing is ready. */
  const unhurried = new Set<string>()
  /** Keys that are being read, or were read a moment ago. */
  const busy = new Set<string>()
  /** Of these, those that were asked for again meanwhile. */
  const again = new Set<string>()
  /** In the order in which they may be read again: the pause is the same for all. */
  let cooling: { readonly keys: readonly string[]; readonly until: number }[] = []
  let reads = 0
  let pumping = false
  let stopped = false
  let cancelTimer: (() => void) | undefined

  /** After the current task, so that what is asked for together is read together. */
  const pumpSoon = (): void => {
    if (pumping) return
    pumping = true
    queueMicrotask(() => {
      pumping = false
      pump()
    })
  }

  const pump = (): void => {
    while (!stopped && reads < maxReads) {
      const from = ready.size > 0 ? ready : unhurried
      if (from.size === 0) return
      const keys = [...from.keys().take(maxKeys)]
      for (const key of keys) {
        from.delete(key)
        busy.add(key)
      }
      reads += 1
      const done = () => {
        reads -= 1
        cool(keys)
        pump()
      }
      read(keys).then(done, done)
    }
  }

  const cool = (keys: readonly string[]): void => {
    cooling.push({ keys, until: clock() + spacingMs })
    if (!stopped && cooling.length === 1) cancelTimer = later(spacingMs, release)
  }

  const release = (): void => {
    const now = clock()
    const due = cooling.filter(({ until }) => until <= now)
    cooling = cooling.slice(due.length)
    for (const key of due.flatMap(({ keys }) => keys)) {
      busy.delete(key)
      if (again.delete(key)) ready.add(key)
    }
    const [next] = cooling
    if (next) cancelTimer = later(Math.max(1, next.until - now), release)
    pump()
  }

  return {
    ask(key) {
      if (ready.has(key)) return true
      if (busy.has(key)) {
        const shared = again.has(key)
        again.add(key)
        return shared
      }
      unhurried.delete(key)
      ready.add(key)
      pumpSoon()
      return false
    },
    check(key) {
      if (ready.has(key) || busy.has(key)) return
      unhurried.add(key)
      pumpSoon()
    },
    stop() {
      stopped = true
      cancelTimer?.()
    },
  }
}
