import type { EssayRef } from '../../shared/contracts/blocks.ts'
import {
  type BatchId,
  batchId,
  type CorrelationId,
  correlationId,
  derivedId,
  type EventId,
  eventId,
} from '../../shared/ids.ts'
import type { OutgoingMessage } from '../../shared/log/port.ts'
import { promptOf, registrationOf, type StoredRegistration } from '../messages/context.ts'
import { traceOf } from '../messages/trace.ts'
import type { Book } from '../runs/model/book.ts'
import type { OutboxEntry } from '../runs/model/outbox-entry.ts'

export type CommandEntry = Extract<OutboxEntry, { kind: 'command' }>

/** What a command is built from: its place in the envelope, and what commands say of their batch. */
export interface CommandContext {
  readonly envelope: {
    readonly batchId: BatchId
    readonly eventId: EventId
    readonly correlationId: CorrelationId
    readonly at: number
    readonly traceparent: string
    readonly metadata: { readonly user_id: string | null; readonly org_id: string | null }
  }
  /** Fields that every command has. */
  readonly entity: { readonly entity_id: string; readonly entity_type: 'batch'; readonly parent_id: null }
  readonly essays: EssayRef[]
  readonly registration: StoredRegistration
  readonly prompt: ReturnType<typeof promptOf>
  readonly ownerId: string
}

/** Makes one command's message. */
export type CommandBuilder = (context: CommandContext) => OutgoingMessage

export const commandContext = (book: Book, entry: CommandEntry): CommandContext => ({
  envelope: {
    batchId: batchId(book.batch_id),
    eventId: eventId(derivedId(entry.cause, 'command', entry.phase, entry.attempt)),
    correlationId: correlationId(entry.correlation_id),
    at: entry.at,
    traceparent: traceOf(book, entry),
    metadata: { user_id: book.user_id, org_id: book.org_id },
  },
  entity: { entity_id: book.batch_id, entity_type: 'batch', parent_id: null },
  essays: entry.essays.map(([essay_id, text_storage_id]) => ({ essay_id, text_storage_id, spellcheck_metrics: null })),
  registration: registrationOf(book),
  prompt: promptOf(book, entry.message),
  ownerId: book.user_id ?? '',
})
