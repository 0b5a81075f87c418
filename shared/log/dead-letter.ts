import { z } from 'zod'
import { batchIdIn } from '../contracts/batch-of.ts'
import { dlqOf } from '../contracts/topics.ts'
import type { MalformedReason } from '../errors.ts'
import { derivedId } from '../ids.ts'
import type { LogRecord, OutgoingMessage } from './port.ts'

/** Why a record became a dead letter; a stable code. */
export type DeadLetterReason = MalformedReason | 'handler_failed'

/** Where a dead record stood, and what redriving it takes beside its value. */
export const DeadLetterSource = z.object({
  topic: z.string(),
  partition: z.int(),
  offset: z.int(),
  /** Base64, or null. */
  key: z.string().nullable(),
  headers: z.record(z.string(), z.string()),
  /** The log's own time of the record, milliseconds since 1970. */
  timestamp: z.int(),
})

/** The value of a dead letter: first the original's fields, then ours, which others leave out (contracts 5.12). */
export const DeadLetter = z.object({
  schema_version: z.literal(1),
  /** The record's JSON when it is an object, else an empty one: readers of the original expect an object. */
  failed_event_envelope: z.record(z.string(), z.unknown()),
  dlq_reason: z.string(),
  /** With `+00:00`, as the original writes it. */
  timestamp: z.string(),
  service: z.string(),
  additional_metadata: z.record(z.string(), z.unknown()).optional(),
  /** Absent when no record failed but something else, such as a resolution. */
  source: DeadLetterSource.optional(),
  error: z.string().optional(),
  /** The record's value as it lay there, base64; null for a record without a value. */
  raw: z.string().nullable().optional(),
})
export type DeadLetter = z.infer<typeof DeadLetter>

export interface DeadLetterInput {
  readonly record: LogRecord
  readonly reason: DeadLetterReason
  readonly error: string
  /** `source_service` of the service that could not handle it. */
  readonly service: string
  /** Milliseconds since 1970. */
  readonly at: number
}

const MAX_ERROR = 1_000
/** Characters; what is longer is no id. */
const MAX_ID = 1_000
/**
 * Bytes as JSON. A topic of dead letters takes twice what its topic takes, at least 2 MiB, and key and value are 4/3 of their size as
 * base64. So a letter always fits if of an envelope that is larger it has the ids only, and of such headers none.
 */
const LARGE = 256 * 1_024
/** Levels. JSON that is nested some ten thousand deep can be read, but to write it again overflows the stack. */
const DEEP = 100

/**
 * The message for `<topic>.DLQ`. Its id is derived from where the record stood, so a record that is refused twice is the
 * same letter. Its key is the batch's id where that can be read, else the record's own.
 */
export const deadLetterOf = ({ record, reason, error, service, at }: DeadLetterInput): OutgoingMessage => {
  const envelope = objectIn(record.value)
  const letter: DeadLetter = {
    schema_version: 1,
    failed_event_envelope: isDeep(envelope) || isLarge(envelope) ? idsOf(envelope) : envelope,
    dlq_reason: reason,
    timestamp: deadLetterTime(at),
    service,
    source: {
      topic: record.topic,
      partition: record.partition,
      offset: record.offset,
      key: record.key === null ? null : base64(record.key),
      headers: isLarge(record.headers) ? {} : record.headers,
      timestamp: record.timestamp,
    },
    error: error.slice(0, MAX_ERROR),
    raw: record.value === null ? null : base64(record.value),
  }
  const correlation = idIn(envelope['correlation_id'])
  return {
    topic: dlqOf(record.topic),
    key: idIn(batchIdIn(envelope['data'])) ?? idIn(record.key && new TextDecoder().decode(record.key)) ?? null,
    value: JSON.stringify(letter),
    headers: {
      event_id: derivedId('dead_letter', record.topic, record.partition, record.offset),
      event_type: dlqOf(record.topic),
      source_service: service,
      ...(correlation === undefined ? {} : { trace_id: correlation }),
    },
  }
}

/** A time in milliseconds since 1970 as the original writes it into dead letters: with `+00:00`. */
export const deadLetterTime = (at: number): string => new Date(at).toISOString().replace('Z', '000+00:00')

const isLarge = (part: Readonly<Record<string, unknown>>): boolean => Buffer.byteLength(JSON.stringify(part)) > LARGE

const isDeep = (part: object, left = DEEP): boolean =>
  left === 0 || Object.values(part).some((one) => typeof one === 'object' && one !== null && isDeep(one, left - 1))

const idIn = (value: unknown): string | undefined =>
  typeof value === 'string' && value.length <= MAX_ID ? value : undefined

/** What says which event it was, and whose. */
const idsOf = (envelope: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> => {
  const ids: Record<string, unknown> = {}
  for (const name of IDS) {
    const value = envelope[name]
    if (idIn(value) !== undefined || typeof value === 'number') ids[name] = value
  }
  return ids
}
const IDS = ['event_id', 'event_type', 'event_timestamp', 'source_service', 'schema_version', 'correlation_id']

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64')

const objectIn = (value: Uint8Array | null): Readonly<Record<string, unknown>> => {
  try {
    const json: unknown = JSON.parse(new TextDecoder().decode(value ?? new Uint8Array()))
    return typeof json === 'object' && json !== null && !Array.isArray(json) ? { ...json } : {}
  } catch {
    return {}
  }
}
