import type { Logger } from '../telemetry/logger-port.ts'
import type { Tracer } from '../telemetry/trace.ts'
import type { LogRecord } from './port.ts'

export interface Handling {
  readonly outcome: 'applied' | 'dead_letter'
  readonly reason?: string
  /** Milliseconds since 1970. */
  readonly startedAt: number
  /** How often it was tried alone. */
  readonly attempt?: number
  /** How many records were handled in one go. */
  readonly together?: number
}

export interface WitnessOptions {
  readonly logger: Logger
  readonly clock: () => number
  readonly tracer?: Tracer
}

const text = new TextDecoder()

/** Says what became of a record: one wide line, and a span of the trace that the record belongs to. */
export const createWitness = ({ logger, clock, tracer }: WitnessOptions) =>
  function witness(record: LogRecord, { startedAt, ...handling }: Handling): void {
    const { topic, partition, offset, headers, key, timestamp } = record
    const { event_id, event_type, trace_id: correlation_id, traceparent } = headers
    const now = clock()
    const line = {
      ...{ topic, partition, offset, batch_id: key === null ? null : text.decode(key) },
      ...{ event_id, event_type, correlation_id, trace_id: traceparent?.slice(3, 35), ...handling },
      ms: now - startedAt,
      /** From when the log took it until it was handled, milliseconds. */
      age_ms: now - timestamp,
    }
    logger.info(line, 'consumed')
    if (!tracer || correlation_id === undefined) return
    const span = tracer.start(`process ${topic}`, {
      kind: 'consumer',
      correlationId: correlation_id,
      parent: traceparent,
      at: startedAt,
    })
    span.end({
      attributes: {
        'messaging.system': 'kafka',
        'messaging.destination.name': topic,
        'messaging.destination.partition.id': String(partition),
        'messaging.kafka.offset': offset,
      },
      error: handling.outcome === 'dead_letter' ? handling.reason : undefined,
    })
  }
