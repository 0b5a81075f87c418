import { compiled } from '../compiled.ts'
import type { BatchId, CorrelationId, EventId } from '../ids.ts'
import type { OutgoingMessage } from '../log/port.ts'
import { type DataInputOf, eventTypeOf, MODELS, withOrigin } from './registry.ts'
import type { Sender } from './senders.ts'
import type { Topic } from './topics.ts'
import { dateTimeOf } from './wire.ts'

export interface Sending<T extends Topic> {
  readonly topic: T
  /** The key of everything that we send (design section 7), so that one batch's messages keep their order. */
  readonly batchId: BatchId
  readonly eventId: EventId
  readonly correlationId: CorrelationId
  /** `source_service`. */
  readonly source: Sender
  /** Milliseconds since 1970. */
  readonly at: number
  readonly data: DataInputOf<T>
  readonly metadata?: Readonly<Record<string, unknown>> | null
  readonly traceparent?: string | undefined
}

/**
 * The message in its envelope, every optional field present; what the data leaves out (times, correlation ids) is that of the
 * envelope, so equal arguments give equal bytes. Throws a ZodError when the data is not what the topic carries.
 */
export const messageOf = <T extends Topic>(sending: Sending<T>): OutgoingMessage => {
  const { topic, batchId, eventId, correlationId, source, at, traceparent } = sending
  const timestamp = dateTimeOf(at)
  const eventType = eventTypeOf(topic)
  const metadata = traceparent === undefined ? (sending.metadata ?? null) : { ...sending.metadata, traceparent }
  const envelope = {
    event_id: eventId,
    event_type: eventType,
    event_timestamp: timestamp,
    source_service: source,
    schema_version: 1,
    correlation_id: correlationId,
    data_schema_uri: null,
    data: compiled(MODELS[topic]).parse(withOrigin(topic, sending.data, { at: timestamp, correlationId })),
    metadata,
  }
  const headers = { event_id: eventId, event_type: eventType, trace_id: correlationId, source_service: source }
  return {
    topic,
    key: batchId,
    value: JSON.stringify(envelope),
    headers: traceparent === undefined ? headers : { ...headers, traceparent },
  }
}
