import type { Context } from 'hono'
import type { Logger } from '../telemetry/logger-port.ts'
import type { Tracer } from '../telemetry/trace.ts'

/** What of a process an app needs and a web standard does not give; it all comes in from `main.ts`. */

/** Keeps the correlation id and the trace of what is being handled, so that every log line and every call carries them. */
export interface CorrelationContext {
  run<Result>(correlationId: string, work: () => Result, traceparent?: string): Result
  traceparent?(): string | undefined
  /** Records spans; without it nothing is recorded. */
  readonly tracer?: Tracer
}

export interface HttpMetrics {
  /** `route` is the pattern, never the path: labels must stay few. */
  request(method: string, route: string, status: number, seconds: number): void
  /** A request came (1) or has been answered (-1). */
  inFlight(change: 1 | -1): void
  /** An answer that is a problem, by its code. */
  problem(route: string, code: string): void
}

export interface AppDeps {
  /** Names the service in logs and health. */
  readonly service: string
  readonly logger: Logger
  readonly metrics: HttpMetrics
  readonly context: CorrelationContext
  /** Milliseconds since 1970. */
  readonly clock: () => number
  /** A request that takes longer is logged as a warning, milliseconds. */
  readonly slowMs: number
  /** Larger bodies are refused, bytes. */
  readonly maxBodyBytes: number
  /** Told of each request that is refused before a route is reached: its body is too large, or nothing is there. May throw a problem of its own. */
  readonly refusedEarly?: (c: Context) => Promise<void>
  /** Paths whose routes bound the body by themselves, while it comes in. */
  readonly streamedPaths?: RegExp | undefined
}
