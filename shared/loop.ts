export interface LoopOptions {
  readonly work: () => Promise<void>
  /** Milliseconds from the end of one turn to the next, asked each time. */
  readonly pauseMs: () => number
}

/** Does the same work again and again, one turn at a time. */
export interface Loop {
  /** Takes the first turn at once and resolves after it, also when it failed. */
  start(): Promise<void>
  /** Takes one more turn, after the one in hand; rejects when that fails. */
  now(): Promise<void>
  /** Ends after the turn in hand. */
  stop(): Promise<void>
}

export const createLoop = ({ work, pauseMs }: LoopOptions): Loop => {
  let timer: ReturnType<typeof setTimeout> | undefined
  let inHand = Promise.resolve()
  let isStopped = false

  const now = (): Promise<void> => {
    const turn = inHand.then(work)
    inHand = turn.catch(() => {})
    return turn
  }
  const schedule = (): void => {
    timer = setTimeout(async () => {
      await now().catch(() => {})
      if (!isStopped) schedule()
    }, pauseMs())
  }
  return {
    now,
    async start() {
      isStopped = false
      await now().catch(() => {})
      // It may have been stopped during its first turn.
      if (!isStopped) schedule()
    },
    async stop() {
      isStopped = true
      clearTimeout(timer)
      await inHand
    },
  }
}
