import { BOOK_LIMIT } from '../../../shared/contracts/run-book.ts'
import type { Credits, TimerKind } from '../port.ts'
import type { Book, RunState } from './book.ts'
import type { NewEntry, OutboxEntry } from './outbox-entry.ts'

/** One transition at work: the book that it changes, and what it adds to the outbox and to the timers. */
export interface Draft {
  readonly book: Book
  /** Milliseconds since 1970. */
  readonly now: number
  readonly entries: OutboxEntry[]
  /** Kind of timer -> when it is due, microseconds; null takes it away. */
  readonly timers: Map<TimerKind, number | null>
  /** Phases that operations hold back. */
  readonly paused: ReadonlySet<string>
}

/** Whoever made an entry publishes it; after so long a sweep takes over. */
export const SWEEP_AFTER_US = 2_000_000
/** When a held run is looked at: never, until its phase is resumed. */
export const HELD_US = 9_000_000_000_000_000
/** Whoever hears that a request is to be planned plans it; after so long a sweep does. */
export const PLAN_AGAIN_MS = 30_000
/** A request that would be refused is planned again so soon while there is patience with it. */
export const DOUBT_AGAIN_MS = 1_000

export const say = (draft: Draft, entry: NewEntry): void => {
  const { book, now } = draft
  book.seq += 1
  book.outbox.push(book.seq)
  draft.entries.push({ ...entry, seq: book.seq, at: now })
}

/** The book has changed in a way that others must see. */
export const sayBook = (draft: Draft, cause: string, correlation_id: string): void => {
  const { book } = draft
  if (book.book_entry === 0) {
    say(draft, { kind: 'book', cause, correlation_id })
    book.book_entry = book.seq
  }
  book.book_revision = book.revision
}

/** Keeps the last of a list, and what must not go; gives what fell out. */
export const keepLast = <Item>(list: Item[], mustStay: (item: Item) => boolean = () => false): readonly Item[] => {
  const dropped: Item[] = []
  while (list.length > BOOK_LIMIT)
    dropped.push(
      ...list.splice(
        list.findIndex((item) => !mustStay(item)),
        1,
      ),
    )
  return dropped
}

/** The pending request is looked at again in so many milliseconds: until it is decided, a timer stands for it. */
export const lookAgain = (draft: Draft, pending: NonNullable<Book['pending']>, ms: number): void => {
  pending.due = draft.now + ms
  draft.timers.set('wait', pending.due * 1_000)
}

/** Ends a request with a refusal, visibly. */
export const refuse = (
  draft: Draft,
  requestId: string,
  reason: string,
  detail: string,
  credits: Credits | null = null,
): void => {
  const { book, now } = draft
  const entry = book.requests.find((request) => request.request_id === requestId)
  if (!entry) return
  entry.verdict = 'refused'
  entry.reason = reason
  entry.detail = detail
  entry.decided_at = now
  if (book.pending?.request_id === requestId) {
    book.pending = null
    draft.timers.set('wait', null)
  }
  sayBook(draft, requestId, entry.correlation_id)
  say(draft, {
    kind: 'refused',
    cause: requestId,
    correlation_id: entry.correlation_id,
    request_id: requestId,
    credits,
  })
}

export const runOf = (book: Book, runId: string): RunState | undefined => book.runs.find((run) => run.run_id === runId)
