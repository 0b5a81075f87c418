import { TOPICS } from '../shared/contracts/topics.ts'
import { PassingError } from '../shared/errors.ts'
import type { BatchId } from '../shared/ids.ts'
import type { EventLog } from '../shared/log/port.ts'
import type { Render } from './messages/render.ts'
import type { RunStore, Transitioned } from './runs/port.ts'

export interface OutboxDeps {
  readonly log: Pick<EventLog, 'publish'>
  readonly store: Pick<RunStore, 'ack'>
  readonly render: Render
  /** Milliseconds that a publish may take; default 10,000. */
  readonly publishTimeoutMs?: number
}

/**
 * Publishes what a transition left in the outbox, and takes it out once the log has it (invariant 3). The run book goes
 * first, acknowledged: it explains the commands that follow. Rejects with a PublishError or a PassingError; then it all
 * still stands in the outbox.
 */
export const createOutboxPublisher = ({ log, store, render, publishTimeoutMs = 10_000 }: OutboxDeps) =>
  async function publish(batchId: BatchId, transitioned: Transitioned): Promise<void> {
    let { book, entries } = transitioned
    while (entries.length > 0) {
      const [current, all] = [book, entries]
      const messages = all.flatMap((entry) => render(current, entry, all))
      const books = messages.filter(({ topic }) => topic === TOPICS.runChanged)
      const others = messages.filter(({ topic }) => topic !== TOPICS.runChanged)
      await log.publish(books, { timeoutMs: publishTimeoutMs })
      await log.publish(others, { timeoutMs: publishTimeoutMs })
      const seqs = entries.map(({ seq }) => seq)
      // What is left then is a book that has changed meanwhile: it is published once more, so that the newest is last.
      const left = await store.ack(batchId, { seqs, book_revision: books.length > 0 ? current.book_revision : null })
      if (left.reply === 'behind') throw new PassingError('catching_up', 'the store has lost what it had said')
      book = left.book
      entries = left.entries
    }
  }
export type PublishOutbox = ReturnType<typeof createOutboxPublisher>
