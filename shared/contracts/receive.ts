import type { z } from 'zod'
import { MalformedError } from '../errors.ts'
import { type CorrelationId, correlationId, derivedId, type EventId, eventId } from '../ids.ts'
import type { LogRecord, Position } from '../log/port.ts'
import { Envelope } from './envelope.ts'
import { type DataOf, MODELS } from './registry.ts'
import type { Topic } from './topics.ts'
import { dateTimeOf, microsOf } from './wire.ts'

/** A record that has been read whole: envelope, data, and who it is (invariant 4). */
export interface Received<T extends Topic = Topic> {
  readonly topic: T
  readonly position: Position
  readonly eventId: EventId
  readonly correlationId: CorrelationId
  /** Event time in microseconds since 1970. */
  readonly at: number
  readonly source: string
  readonly metadata: Readonly<Record<string, unknown>> | null
  readonly data: DataOf<T>
}

/** An event that claims to be so much later than its record gets the record's time (invariant 4). */
const MAX_AHEAD_MS = 5 * 60_000

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false })

/**
 * Reads a record in two steps, envelope and data, as the original's readers do. What is missing comes from the record, so
 * that a second delivery gives the same ids and times. Throws a MalformedError that names what is wrong and where.
 */
export const receive = <T extends Topic>(topic: T, record: LogRecord): Received<T> => {
  const json = parseJson(record.value)
  const envelope = check(Envelope, withIdentity(json, record), 'envelope_invalid', '')
  const data = check(MODELS[topic], envelope.data, 'data_invalid', '/data')
  const micros = microsOf(envelope.event_timestamp)
  return {
    topic,
    position: { topic: record.topic, partition: record.partition, offset: record.offset },
    eventId: eventId(envelope.event_id),
    correlationId: correlationId(envelope.correlation_id),
    at: micros > (record.timestamp + MAX_AHEAD_MS) * 1_000 ? record.timestamp * 1_000 : micros,
    source: envelope.source_service,
    metadata: envelope.metadata,
    data: data as DataOf<T>,
  }
}

const parseJson = (value: Uint8Array | null): unknown => {
  if (value === null) throw new MalformedError('not_json', 'the record has no value')
  try {
    return JSON.parse(utf8.decode(value))
  } catch (cause) {
    throw new MalformedError('not_json', 'the value is not JSON in UTF-8', { cause })
  }
}

const withIdentity = (json: unknown, record: LogRecord): unknown => {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return json
  const place = [record.topic, record.partition, record.offset] as const
  const fields: Record<string, unknown> = { ...json }
  fields['event_id'] ??= derivedId(...place)
  fields['event_timestamp'] ??= dateTimeOf(record.timestamp)
  if (!('correlation_id' in json)) fields['correlation_id'] = derivedId('correlation', ...place)
  return fields
}

const check = <Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  reason: 'envelope_invalid' | 'data_invalid',
  base: string,
): z.output<Schema> => {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const problems = parsed.error.issues.map(
    ({ path, message }) => `${[base, ...path.map(String)].join('/') || '/'}: ${message}`,
  )
  throw new MalformedError(reason, problems.join('; ').slice(0, 500))
}
