import type { Reply, TimerKind } from '../port.ts'
import { activeRun, type Book, newBook } from './book.ts'
import { type Draft, HELD_US, SWEEP_AFTER_US } from './draft.ts'
import type { OutboxEntry } from './outbox-entry.ts'

export interface Change {
  readonly reply: Reply
  /** Undefined when there was nothing of the batch, and there still is nothing. */
  readonly book: Book
  readonly changed: boolean
  readonly added: readonly OutboxEntry[]
  readonly timers: ReadonlyMap<TimerKind, number | null>
  /** Timers that are set only where there is none. */
  readonly kept: ReadonlyMap<TimerKind, number>
}

/**
 * One transition as a pure function: the book before, what happens, and the store's clock in microseconds give the book
 * after, with what it adds to outbox and timers. The Lua scripts do the same; a property test holds the two equal.
 */
export const applyTransition = (
  before: Book | undefined,
  batchId: string,
  nowMicros: number,
  paused: ReadonlySet<string>,
  transition: (draft: Draft) => Reply,
): Change => {
  const was = JSON.stringify(before ?? newBook(batchId))
  // A copy: a book is JSON, and this costs a fifth of structuredClone.
  const book: Book = JSON.parse(was)
  // Raised first, so that the book that is said names the revision that it will have (invariant 10).
  const revision = String(Math.max(Number(book.revision) + 1, nowMicros))
  const previous = book.revision
  book.revision = revision
  const draft: Draft = { book, now: Math.floor(nowMicros / 1_000), entries: [], timers: new Map(), paused }
  const reply = transition(draft)
  const isSame = JSON.stringify({ ...book, revision: previous }) === was
  if (isSame) book.revision = previous
  return { reply, book, changed: !isSame, added: draft.entries, ...timersOf(draft, nowMicros) }
}

/** What waits has its timer, whatever the transition was: so nothing that waits depends on anybody's memory. */
const timersOf = ({ book, timers }: Draft, nowMicros: number): Pick<Change, 'timers' | 'kept'> => {
  const kept = new Map<TimerKind, number>()
  const phases = activeRun(book)?.phases ?? []
  const deadlines = phases.flatMap(({ deadline_at }) => deadline_at ?? [])
  timers.set('deadline', deadlines.length > 0 ? Math.min(...deadlines) * 1_000 : null)
  if (book.outbox.length > 0) kept.set('outbox', nowMicros + SWEEP_AFTER_US)
  else timers.set('outbox', null)
  if (!phases.some(({ paused }) => paused)) timers.set('held', null)
  else if (!timers.has('held')) kept.set('held', HELD_US)
  return { timers, kept }
}
