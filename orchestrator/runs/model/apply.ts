import type { Reply } from '../port.ts'
import { type Book, newBook } from './book.ts'
import { type Draft, SWEEP_AFTER_US, type TimerKind } from './draft.ts'
import type { OutboxEntry } from './outbox-entry.ts'

export interface Change {
  readonly reply: Reply
  /** Undefined when there was nothing of the batch, and there still is nothing. */
  readonly book: Book
  readonly changed: boolean
  readonly added: readonly OutboxEntry[]
  readonly timers: ReadonlyMap<TimerKind, number | null>
}

/**
 * One transition as a pure function: the book before, what happens, and the store's clock in microseconds give the book
 * after, with what it adds to outbox and timers. The Lua scripts do the same; a property test holds the two equal.
 */
export const applyTransition = (
  before: Book | undefined,
  batchId: string,
  nowMicros: number,
  transition: (draft: Draft) => Reply,
): Change => {
  const book = structuredClone(before ?? newBook(batchId))
  const was = JSON.stringify(book)
  // Raised first, so that the book that is said names the revision that it will have (invariant 10).
  const revision = String(Math.max(Number(book.revision) + 1, nowMicros))
  const previous = book.revision
  book.revision = revision
  const draft: Draft = { book, now: Math.floor(nowMicros / 1_000), entries: [], timers: new Map() }
  const reply = transition(draft)
  const isSame = JSON.stringify({ ...book, revision: previous }) === was
  if (isSame) book.revision = previous
  draft.timers.set('outbox', book.outbox.length > 0 ? nowMicros + SWEEP_AFTER_US : null)
  return { reply, book, changed: !isSame, added: draft.entries, timers: draft.timers }
}
