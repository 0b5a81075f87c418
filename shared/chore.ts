import { asError } from './errors.ts'
import { createLoop } from './loop.ts'
import type { Logger } from './telemetry/logger-port.ts'

export interface ChoreOptions {
  /** One turn; the signal says that no more should be begun in it. */
  readonly work: (signal: AbortSignal) => Promise<void>
  /** What is said of a turn that failed; the next one tries again. */
  readonly failed: string
  readonly logger: Pick<Logger, 'warn'>
  /** Milliseconds from the end of one turn to the next. */
  readonly everyMs: number
}

/** Work that a service does again and again beside what it is asked for, and gives up in the middle when it stops. */
export const createChore = ({ work, failed, logger, everyMs }: ChoreOptions) => {
  const ending = new AbortController()
  const turn = (): Promise<void> => work(ending.signal)
  const loop = createLoop({
    work: () => turn().catch((thrown) => logger.warn({ err: asError(thrown).message }, failed)),
    pauseMs: () => everyMs,
  })
  return {
    /** One turn, now; rejects when it fails. */
    turn,
    start: (): void => void loop.start(),
    stop(): Promise<void> {
      ending.abort()
      return loop.stop()
    },
  }
}
