import type { Transport } from '../../shared/telemetry/stream-metrics.ts'
import { parseTraceparent, type Tracer } from '../../shared/telemetry/trace.ts'
import type { Frame } from './frames.ts'

export type Delivered = (frame: Frame, transport: Transport) => void

/**
 * Ends a trace where its effect reaches somebody: a span for each stream that was sent a change and for each trace that
 * the change belongs to, from the change itself until it was written.
 */
export const createDeliveryTrace =
  (tracer: Tracer, clock: () => number): Delivered =>
  (frame, transport) => {
    // Only the last change of each trace: it is the one that was waited for.
    const byTrace = new Map((frame.causes ?? []).map((cause) => [parseTraceparent(cause.traceparent)?.traceId, cause]))
    for (const { correlationId, traceparent } of byTrace.values()) {
      // A revision is the time of its change in microseconds, on the store's clock (invariant 10).
      const at = Math.min(clock(), (frame.id ?? 0) / 1_000)
      const span = tracer.start(`deliver ${frame.event}`, { kind: 'producer', correlationId, parent: traceparent, at })
      span.end({ attributes: { 'baton.transport': transport, 'baton.revision': frame.id } })
    }
  }
