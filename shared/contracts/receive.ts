import type { z } from 'zod'
import { compiled } from '../compiled.ts'
import { MalformedError } from '../errors.ts'
import { type BatchId, correlationId, derivedId, eventId } from '../ids.ts'
import type { LogRecord, Position } from '../log/port.ts'
import { type FirstPlace, firstPlaceOf } from '../log/redriven.ts'
import { Envelope, type EnvelopeOf } from './envelope.ts'
import { isObject } from './origin.ts'
import { batchIdOf, type DataOf, isTopic, MODELS, withOrigin } from './registry.ts'
import { COMPACTED_TOPICS, type Topic } from './topics.ts'
import { dateTimeOf, microsOf } from './wire.ts'

/** A record that was read whole. Comparing `topic` narrows `envelope.data` to that topic's model. */
export type Received<T extends Topic = Topic> = { readonly [K in T]: ReceivedOn<K> }[T]

interface ReceivedOn<T extends Topic> {
  readonly topic: T
  readonly position: Position
  readonly headers: Readonly<Record<string, string>>
  readonly envelope: EnvelopeOf<DataOf<T>>
  /** Null when the message names no batch. */
  readonly batchId: BatchId | null
  /** Time of the event in microseconds since 1970. */
  readonly at: number
}

/** An event that claims to be so much later than its record gets the record's time (invariant 4). */
const MAX_AHEAD_MS = 5 * 60_000
const MAX_MESSAGE = 500

const IDENTITY = ['event_id', 'event_timestamp', 'correlation_id'] as const

const utf8 = new TextDecoder('utf-8', { fatal: true })

/** Whether the record deletes its key; only a compacted topic has such records, elsewhere they are malformed. */
export const isTombstone = ({ topic, value }: LogRecord): boolean => value === null && COMPACTED_TOPICS.has(topic)

/** Reads a record by the model of its topic, see `receiveAs`. A topic that has no model is our mistake: a plain Error. */
export const receive = (record: LogRecord): Received => {
  if (!isTopic(record.topic)) throw new Error(`no model is registered for the topic ${record.topic}`)
  return receiveAs(record.topic, record)
}

/**
 * Reads a record in two steps, envelope and data, as the original's readers do. What the message leaves out comes from the
 * record, so that a second delivery gives the same ids and times. Throws a MalformedError that says what is wrong
 * and where, as JSON pointers, in at most 500 characters.
 */
export const receiveAs = <T extends Topic>(topic: T, record: LogRecord): Received<T> => {
  const first = firstPlaceOf(record)
  const envelope = check(Envelope, identified(parseJson(record.value), first), 'envelope_invalid', [])
  const micros = microsOf(envelope.event_timestamp)
  const isAhead = micros > (first.timestamp + MAX_AHEAD_MS) * 1_000
  const event_timestamp = isAhead ? dateTimeOf(first.timestamp) : envelope.event_timestamp
  const origin = { at: event_timestamp, correlationId: envelope.correlation_id }
  const data = check(MODELS[topic], withOrigin(topic, envelope.data, origin), 'data_invalid', ['data'])
  const ids = { event_id: eventId(envelope.event_id), correlation_id: correlationId(envelope.correlation_id) }
  return {
    topic,
    position: { topic: record.topic, partition: record.partition, offset: record.offset },
    headers: record.headers,
    envelope: { ...envelope, ...ids, event_timestamp, data },
    batchId: batchIdOf(topic, data),
    at: isAhead ? first.timestamp * 1_000 : micros,
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

/** The envelope with what makes it recognisable when it comes again, also when its sender left that out (invariant 4). */
const identified = (json: unknown, { topic, partition, offset, timestamp }: FirstPlace): unknown => {
  if (!isObject(json) || IDENTITY.every((field) => json[field] !== undefined)) return json
  return {
    ...json,
    event_id: json['event_id'] === undefined ? derivedId(topic, partition, offset) : json['event_id'],
    event_timestamp: json['event_timestamp'] === undefined ? dateTimeOf(timestamp) : json['event_timestamp'],
    correlation_id:
      json['correlation_id'] === undefined
        ? derivedId('correlation', topic, partition, offset)
        : json['correlation_id'],
  }
}

const check = <Output>(
  schema: z.ZodType<Output>,
  value: unknown,
  reason: 'envelope_invalid' | 'data_invalid',
  base: readonly string[],
): Output => {
  const parsed = compiled(schema).safeParse(value)
  if (parsed.success) return parsed.data
  const problems = parsed.error.issues.map(({ path, message }) => `${pointerTo([...base, ...path])}: ${message}`)
  throw new MalformedError(reason, problems.join('; ').slice(0, MAX_MESSAGE))
}

/** RFC 6901. The pointer to the whole is the empty string, so it gets a word. */
const pointerTo = (path: readonly PropertyKey[]): string =>
  path.map((key) => `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('') || 'the whole value'
