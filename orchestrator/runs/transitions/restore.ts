import type { Book } from '../model/book.ts'
import type { Draft } from '../model/draft.ts'
import type { Reply, RestoreInput } from '../port.ts'

/**
 * Puts a lost book back, and what was still to be said when it was published: said again with the same ids, it does no
 * harm. A store that knows something newer keeps it.
 */
export const restore = (draft: Draft, input: RestoreInput): Reply => {
  const { book } = draft
  if (!isNewer(input.book, book)) return 'known'
  const before = book.outbox
  Object.assign(book, structuredClone(input.book), { revision: book.revision })
  const seq = Math.max(book.seq, ...before, 0)
  book.outbox = []
  for (const [i, entry] of input.entries.entries()) {
    draft.entries.push({ ...entry, seq: seq + i + 1 })
    book.outbox.push(seq + i + 1)
  }
  book.seq = seq + input.entries.length
  book.book_entry = 0
  if (book.pending) draft.timers.set('wait', book.pending.due * 1_000)
  // The phase that a run is held before may have been resumed since: it is looked at.
  draft.timers.set('held', draft.now * 1_000)
  return 'restored'
}

/** A batch that was registered once is: what was said of it while that was lost does not outrank it. */
const isNewer = (brought: Book, known: Book): boolean => {
  const [brings, has] = [brought.registration !== null, known.registration !== null]
  return brings === has ? Number(brought.book_revision) > Number(known.book_revision) : brings
}
