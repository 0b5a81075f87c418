import { version } from '../package.json'
import { ConfigError, type Environment } from './config.ts'
import { asError } from './errors.ts'
import { PortError } from './http/serve.ts'
import { createLifecycle, type HostProcess, type Lifecycle, stopOnSignals } from './lifecycle.ts'
import { CatalogError } from './pipelines/load.ts'
import { createCorrelationContext } from './telemetry/context.ts'
import { createLogger } from './telemetry/logger.ts'
import type { Logger } from './telemetry/logger-port.ts'
import { createMetrics, type Metrics } from './telemetry/metrics.ts'
import { readableFor, type TelemetrySettings, telemetrySettings } from './telemetry/settings.ts'
import { noTracer, type Tracer } from './telemetry/trace.ts'

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
  readonly stdout?: { readonly isTTY?: boolean }
  on(event: 'SIGTERM' | 'SIGINT', listener: (signal: string) => void): unknown
  on(event: 'unhandledRejection', listener: (reason: unknown) => void): unknown
  on(event: 'warning', listener: (warning: Error) => void): unknown
  removeAllListeners(event: 'warning'): unknown
}

/**
 * Starts a process: logger, metrics and lifecycle first, then whatever `start` builds. When that fails, what was built is
 * undone, what is wrong is said for a person to read, and the process exits with 1.
 */
export const runService = async (
  service: string,
  host: ServiceHost,
  start: (context: ServiceContext) => Promise<void>,
  { level: preset = 'info' }: { readonly level?: TelemetrySettings['LOG_LEVEL'] } = {},
): Promise<void> => {
  const settings = telemetrySettings({ LOG_LEVEL: preset, ...host.env })
  const context = createCorrelationContext(await tracerOf(service, settings))
  const readable = await readableFor(settings, host.stdout?.isTTY === true)
  const logger = createLogger({ service, level: settings.LOG_LEVEL, readable, correlationId: context.current })
  const lifecycle = createLifecycle(logger)
  lifecycle.onStop('traces', () => context.tracer.stop())
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

/** Spans are recorded only where somebody takes them: until then not even the code for it is loaded. */
const tracerOf = async (service: string, settings: TelemetrySettings): Promise<Tracer> => {
  const endpoint = settings.OTEL_EXPORTER_OTLP_ENDPOINT
  if (endpoint === undefined) return noTracer
  const { createOtlpTracer } = await import('./telemetry/otlp.ts')
  const { ENVIRONMENT: environment, OTEL_TRACES_SAMPLER_ARG: share } = settings
  return createOtlpTracer({ service, version, environment, endpoint, share })
}
