import { asError } from './errors.ts'
import type { Logger } from './telemetry/logger-port.ts'

export interface Lifecycle {
  /** What must be undone at the end; the last one added is the first undone. */
  onStop(name: string, undo: () => Promise<void> | void): void
  /** Undoes everything once, in reverse order, also when a step fails; rejects with the first failure. */
  stop(): Promise<void>
}

export const createLifecycle = (logger: Logger): Lifecycle => {
  const steps: { readonly name: string; readonly undo: () => Promise<void> | void }[] = []
  let stopping: Promise<void> | undefined

  const undoAll = async (): Promise<void> => {
    let first: Error | undefined
    for (let step = steps.pop(); step; step = steps.pop()) {
      try {
        await step.undo()
        logger.debug({ step: step.name }, 'stopped')
      } catch (thrown) {
        const error = asError(thrown)
        logger.error({ step: step.name, err: error.message }, 'could not be stopped')
        first ??= error
      }
    }
    if (first) throw first
  }

  return {
    onStop(name, undo) {
      steps.push({ name, undo })
    },
    stop() {
      stopping ??= undoAll()
      return stopping
    },
  }
}

/** What is used of the process itself. */
export interface HostProcess {
  on(event: 'SIGTERM' | 'SIGINT', listener: (signal: string) => void): unknown
  exit(code: number): void
}

export interface SignalOptions {
  readonly lifecycle: Lifecycle
  readonly logger: Logger
  /** Milliseconds that a graceful stop may take; default 25,000, below what container engines allow. */
  readonly limitMs?: number
  readonly process: HostProcess
}

/** The first SIGTERM or SIGINT stops gracefully and exits 0 (1 when a step failed or took too long), the second forces. */
export const stopOnSignals = ({ lifecycle, logger, limitMs = 25_000, process }: SignalOptions): void => {
  let signals = 0
  const onSignal = (signal: string): void => {
    signals += 1
    if (signals > 1) {
      logger.warn({ signal }, 'forced to stop')
      process.exit(130)
      return
    }
    logger.info({ signal }, 'stopping')
    const limit = setTimeout(() => {
      logger.error({ limit_ms: limitMs }, 'stopping took too long')
      process.exit(1)
    }, limitMs)
    limit.unref()
    lifecycle
      .stop()
      .then(
        () => process.exit(0),
        () => process.exit(1),
      )
      .finally(() => clearTimeout(limit))
  }
  process.on('SIGTERM', onSignal)
  process.on('SIGINT', onSignal)
}
