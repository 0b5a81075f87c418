import { ConfigError, type Environment } from './config.ts'
import { asError } from './errors.ts'
import { PortError } from './http/serve.ts'
import { createLifecycle, type HostProcess, type Lifecycle, stopOnSignals } from './lifecycle.ts'
import { CatalogError } from './pipelines/load.ts'
import { createCorrelationContext } from './telemetry/context.ts'
import { createLogger } from './telemetry/logger.ts'
import type { Logger } from './telemetry/logger-port.ts'
import { createMetrics, type Metrics } from './telemetry/metrics.ts'

export interface ServiceContext {
  readonly environment: Environment
  readonly logger: Logger
  readonly lifecycle: Lifecycle
  readonly context: ReturnType<typeof createCorrelationContext>
  readonly metrics: Metrics
}

/** What is used of the process; `main.ts` gives its own. */
export interface ServiceHost extends HostProcess {
  readonly env: Environment
  readonly stderr: { write(text: string): unknown }
  on(event: 'SIGTERM' | 'SIGINT', listener: (signal: string) => void): unknown
  on(event: 'unhandledRejection', listener: (reason: unknown) => void): unknown
  on(event: 'warning', listener: (warning: Error) => void): unknown
  removeAllListeners(event: 'warning'): unknown
}

const LEVELS = ['debug', 'info', 'warn', 'error'] as const

/**
 * Starts a process: logger, metrics and lifecycle first, then whatever `start` builds. When that fails, what was built is
 * undone, what is wrong is said for a person to read, and the process exits with 1.
 */
export const runService = async (
  service: string,
  host: ServiceHost,
  start: (context: ServiceContext) => Promise<void>,
  { level: preset = 'info' }: { readonly level?: (typeof LEVELS)[number] } = {},
): Promise<void> => {
  const context = createCorrelationContext()
  const level = LEVELS.find((name) => name === host.env['LOG_LEVEL']) ?? preset
  const logger = createLogger({ service, level, correlationId: context.current })
  const lifecycle = createLifecycle(logger)
  stopOnSignals({ lifecycle, logger, process: host })
  host.on('unhandledRejection', (reason) => {
    logger.error({ err: asError(reason).message, stack: asError(reason).stack }, 'unhandled rejection')
  })
  // The runtime's warnings are lines of the log like any other: kafkajs makes one at every start (a negative timeout).
  host.removeAllListeners('warning')
  host.on('warning', ({ name, message }) => logger.debug({ warning: name }, message))
  try {
    await start({ environment: host.env, logger, lifecycle, context, metrics: createMetrics(service) })
  } catch (thrown) {
    const error = asError(thrown)
    const expected = error instanceof ConfigError || error instanceof CatalogError || error instanceof PortError
    host.stderr.write(`${service} cannot start. ${expected ? error.message : (error.stack ?? error.message)}\n`)
    await lifecycle.stop().catch(() => {})
    host.exit(1)
  }
}
