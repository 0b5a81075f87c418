import { RunBook } from '../../shared/contracts/run-book.ts'
import { messageOf } from '../../shared/contracts/send.ts'
import { SENDERS } from '../../shared/contracts/senders.ts'
import { TOPICS } from '../../shared/contracts/topics.ts'
import { derivedId, eventId } from '../../shared/ids.ts'
import type { OutgoingMessage } from '../../shared/log/port.ts'
import type { Book, RunState } from '../runs/model/book.ts'
import { stateOf } from '../runs/model/changelog.ts'
import type { OutboxEntry } from '../runs/model/outbox-entry.ts'
import { envelopeFor } from './envelope.ts'

/**
 * The book as others see it, at the revision of its last change that they must see; in its metadata what we need beside it to
 * go on should our store be lost, `entries` being what will be said next.
 */
export const runBook = (
  book: Book,
  entry: OutboxEntry,
  entries: readonly OutboxEntry[],
): readonly OutgoingMessage[] => [
  messageOf({
    ...envelopeFor(book, entry),
    eventId: eventId(derivedId(book.batch_id, 'book', book.book_revision)),
    topic: TOPICS.runChanged,
    source: SENDERS.orchestrator,
    data: RunBook.parse({ ...book, revision: book.book_revision, runs: book.runs.map(withoutEssays) }),
    metadata: { state: stateOf(book, entries) },
  }),
]

/** The state names the essays of open attempts, by their places. */
const withoutEssays = (run: RunState): RunState => ({
  ...run,
  phases: run.phases.map((phase) => ({ ...phase, essay_ids: [] })),
})
