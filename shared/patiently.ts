import { PassingError } from './errors.ts'
import { backoff, sleep } from './retry.ts'
import type { Logger } from './telemetry/logger-port.ts'

/**
 * Does what a start needs of an engine, again and again while the engine is away: a service that starts before its
 * engines stays up, alive but not ready. Rejects with whatever is no passing failure.
 */
export const patiently = async <Result>(
  what: string,
  work: () => Promise<Result>,
  { logger, pause = sleep }: { readonly logger: Logger; readonly pause?: (ms: number) => Promise<void> },
): Promise<Result> => {
  for (let attempt = 0; ; attempt++) {
    try {
      return await work()
    } catch (thrown) {
      if (!(thrown instanceof PassingError)) throw thrown
      logger.warn({ waiting_for: thrown.source, err: thrown.message }, `${what}: tried again soon`)
      await pause(backoff(attempt, { baseMs: 250, capMs: 5_000 }))
    }
  }
}
