import { AsyncLocalStorage } from 'node:async_hooks'
import type { CorrelationContext } from '../http/ports.ts'
import { noTracer, type Tracer } from './trace.ts'

interface Handled {
  readonly correlationId: string
  readonly traceparent: string | undefined
}

export type ServiceCorrelation = CorrelationContext & {
  readonly current: () => string | undefined
  readonly traceparent: () => string | undefined
  readonly tracer: Tracer
}

/** Correlation ids and traces by the async context of what is being handled; the ids reach every log line of it. */
export const createCorrelationContext = (tracer: Tracer = noTracer): ServiceCorrelation => {
  const storage = new AsyncLocalStorage<Handled>()
  return {
    run: (correlationId, work, traceparent) => storage.run({ correlationId, traceparent }, work),
    current: () => storage.getStore()?.correlationId,
    traceparent: () => storage.getStore()?.traceparent,
    tracer,
  }
}
