import { dateTimeOf } from '../../shared/contracts/wire.ts'
import {
  type BatchId,
  batchId,
  type CorrelationId,
  correlationId,
  derivedId,
  type EventId,
  eventId,
} from '../../shared/ids.ts'
import type { Book } from '../runs/model/book.ts'
import type { OutboxEntry } from '../runs/model/outbox-entry.ts'
import { traceOf } from './trace.ts'

/** What every message of an entry has; the id is derived, so that saying it twice says the same (invariant 4). */
export const envelopeFor = (
  book: Book,
  entry: OutboxEntry,
  ...parts: readonly (string | number)[]
): {
  readonly batchId: BatchId
  readonly eventId: EventId
  readonly correlationId: CorrelationId
  readonly at: number
  readonly traceparent: string
} => ({
  batchId: batchId(book.batch_id),
  eventId: eventId(derivedId(entry.cause, entry.kind, ...parts)),
  correlationId: correlationId(entry.correlation_id),
  at: entry.at,
  traceparent: traceOf(book, entry),
})

/** The metadata block of payloads that carry one. */
export const batchMetadata = (book: Book, event: string, at: number) => ({
  entity_id: book.batch_id,
  entity_type: 'batch',
  timestamp: dateTimeOf(at),
  event,
})
