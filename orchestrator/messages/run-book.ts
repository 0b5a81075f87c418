import { RunBook } from '../../shared/contracts/run-book.ts'
import { messageOf } from '../../shared/contracts/send.ts'
import { SENDERS } from '../../shared/contracts/senders.ts'
import { TOPICS } from '../../shared/contracts/topics.ts'
import { derivedId, eventId } from '../../shared/ids.ts'
import { envelopeFor } from './envelope.ts'
import type { Renderer } from './render.ts'

/** The book as others see it, at the revision of its last change that they must see. */
export const runBook: Renderer<'book'> = (book, entry) => [
  messageOf({
    ...envelopeFor(book, entry),
    eventId: eventId(derivedId(book.batch_id, 'book', book.book_revision)),
    topic: TOPICS.runChanged,
    source: SENDERS.orchestrator,
    data: RunBook.parse({ ...book, revision: book.book_revision }),
  }),
]
