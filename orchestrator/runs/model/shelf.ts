import { z } from 'zod'
import { activeRun, Book, newBook } from './book.ts'

/**
 * What stays in the place of a book that has gone to the archive: it tells the batch from one that nobody has heard of, and its
 * last book from an older one on the log.
 */
const Stub = z.object({
  shelved: z.literal(true),
  revision: z.string(),
  book_revision: z.string(),
  registered: z.boolean(),
})
type Stub = z.infer<typeof Stub>
/** What a stub says of its book. */
export type Shelved = Omit<Stub, 'shelved'>
const Stored = z.union([Stub, Book])

export const stubOf = ({ revision, book_revision, registration }: Book): string =>
  JSON.stringify({ shelved: true, revision, book_revision, registered: registration !== null } satisfies Stub)

/** The archive has the book: it is recalled first. */
export class ShelvedError extends Error {
  override readonly name = 'ShelvedError'
}

/** A book as it is stored; rejects with a ShelvedError where only its stub is. */
export const readStored = (body: string): Book => {
  const stored = Stored.parse(JSON.parse(body))
  if ('shelved' in stored) throw new ShelvedError('the archive has the book')
  return stored
}

/** The same for a restoration, which looks at what a stub says alone: where one is, a book that has nothing else. */
export const readAnyway = (body: string, batchId: string): Book => {
  const stored = Stored.parse(JSON.parse(body))
  if (!('shelved' in stored)) return stored
  const { revision, book_revision, registered } = stored
  return { ...newBook(batchId), revision, book_revision, registration: registered ? '' : null }
}

/** Nothing of the batch is under way, waits, or is still to be said: nobody needs its book until something is heard of it. */
export const isIdle = (book: Book): boolean =>
  activeRun(book) === undefined && book.pending === null && book.outbox.length === 0

/** When the book last changed, milliseconds since 1970: a revision is the store's clock, in microseconds. */
export const changedAt = ({ revision }: Book): number => Math.floor(Number(revision) / 1_000)
