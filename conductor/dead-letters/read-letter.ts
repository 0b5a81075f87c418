import { batchIdIn } from '../../shared/contracts/batch-of.ts'
import { derivedId, normalizeUuid } from '../../shared/ids.ts'
import { DeadLetter, deadLetterTime } from '../../shared/log/dead-letter.ts'
import type { LogRecord } from '../../shared/log/port.ts'
import { REDRIVEN_FROM } from '../../shared/log/redriven.ts'
import type { NewLetter } from './port.ts'

/** The reason of a record in a dead-letter topic that is no dead letter. */
export const UNREADABLE = 'unreadable'

/** The topic whose dead letters these are: the name without `.DLQ`. */
export const baseOf = (dlq: string): string => dlq.replace(/\.DLQ$/, '')

/**
 * A record of a dead-letter topic as the index keeps it. Whatever lies there is kept, also what cannot be read: a dead
 * letter has nowhere else to go. The letter's id is the one its writer gave it, so that a repeat is the same letter.
 */
export const readLetter = (record: LogRecord): NewLetter => {
  const topic = baseOf(record.topic)
  const letter = parse(record.value) ?? unreadable(record)
  const envelope = letter.failed_event_envelope
  const { source } = letter
  const position = [record.topic, record.partition, record.offset] as const
  return {
    head: {
      id: normalizeUuid(record.headers['event_id'] ?? '') ?? derivedId('dead_letter', ...position),
      topic,
      reason: letter.dlq_reason,
      error: letter.error ?? '',
      service: letter.service,
      // Where the data cannot be read the key speaks for it: ours is the batch's id.
      batchId: batchIdIn(envelope['data']) ?? (record.key === null ? null : new TextDecoder().decode(record.key)),
      correlationId: record.headers['trace_id'] ?? textIn(envelope['correlation_id']),
      eventType: textIn(envelope['event_type']),
      at: record.timestamp,
      redrivable: source?.topic === topic && typeof letter.raw === 'string',
      wasRedriven: source?.headers[REDRIVEN_FROM] !== undefined,
    },
    body: JSON.stringify(letter),
  }
}

const textIn = (value: unknown): string | null => (typeof value === 'string' ? value : null)

const parse = (value: Uint8Array | null): DeadLetter | undefined => {
  try {
    return DeadLetter.parse(JSON.parse(new TextDecoder().decode(value ?? new Uint8Array())))
  } catch {
    return undefined
  }
}

const unreadable = ({ value, timestamp }: LogRecord): DeadLetter => ({
  schema_version: 1,
  failed_event_envelope: {},
  dlq_reason: UNREADABLE,
  timestamp: deadLetterTime(timestamp),
  service: 'unknown',
  error: 'the record in the dead-letter topic is no dead letter',
  raw: value === null ? null : Buffer.from(value).toString('base64'),
})
