import { type Draft, sayBook } from '../model/draft.ts'
import type { AckInput, Reply } from '../port.ts'

/**
 * Takes out what the log has acknowledged. The book's entry goes only when the newest book was published; when an older
 * one was, it may now stand behind a newer on the log, so the newest is said again: on a compacted topic the last counts.
 */
export const ack = (draft: Draft, { seqs, book_revision }: AckInput): Reply => {
  const { book } = draft
  // The store was emptied and restored from an older book meanwhile: what is published now must be done again on top of it.
  if (book_revision !== null && Number(book_revision) > Number(book.book_revision)) return 'behind'
  const acknowledged = new Set(seqs)
  const isNewest = book_revision === book.book_revision
  if (!isNewest) acknowledged.delete(book.book_entry)
  if (acknowledged.delete(book.book_entry)) {
    book.outbox = book.outbox.filter((seq) => seq !== book.book_entry)
    book.book_entry = 0
  }
  book.outbox = book.outbox.filter((seq) => !acknowledged.has(seq))
  if (book_revision !== null && !isNewest && book.book_entry === 0) {
    const newest = book.book_revision
    const last = book.requests.at(-1)
    sayBook(draft, last?.request_id ?? book.batch_id, last?.correlation_id ?? book.batch_id)
    book.book_revision = newest
  }
  return 'acknowledged'
}
