import { asError } from '../../errors.ts'
import type { Logger } from '../../telemetry/logger-port.ts'

/** Calls a listener. What it throws is its own trouble, neither the publisher's nor the other listeners'. */
export const isolated = (logger: Logger, call: () => void): void => {
  try {
    call()
  } catch (thrown) {
    logger.error({ err: asError(thrown).message, stack: asError(thrown).stack }, 'a listener to changes failed')
  }
}
