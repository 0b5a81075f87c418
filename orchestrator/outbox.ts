import { TOPICS } from '../shared/contracts/topics.ts'
import { MalformedError, PassingError } from '../shared/errors.ts'
import { type BatchId, derivedId } from '../shared/ids.ts'
import type { EventLog, OutgoingMessage } from '../shared/log/port.ts'
import type { Logger } from '../shared/telemetry/logger-port.ts'
import type { Render } from './messages/render.ts'
import { activeRun } from './runs/model/book.ts'
import type { RunStore, Transitioned } from './runs/port.ts'

export interface OutboxDeps {
  readonly log: Pick<EventLog, 'publish'>
  readonly store: Pick<RunStore, 'ack' | 'cancel'>
  readonly render: Render
  readonly logger: Logger
  /** Milliseconds that a publish may take; default 10,000. */
  readonly publishTimeoutMs?: number
}

/**
 * Publishes what a transition left in the outbox, and takes it out once the log has it (invariant 3). The run book goes
 * first, acknowledged: it explains the commands that follow. Rejects with a PublishError or a PassingError; then it all
 * still stands in the outbox.
 */
export const createOutboxPublisher = ({ log, store, render, logger, publishTimeoutMs = 10_000 }: OutboxDeps) => {
  const send = (messages: readonly OutgoingMessage[]) => log.publish(messages, { timeoutMs: publishTimeoutMs })

  /** What fits no message would stand in the outbox for ever, and all that comes behind it: the run ends, and says why. */
  const giveUp = async (batchId: BatchId, { book }: Transitioned, error: MalformedError): Promise<Transitioned> => {
    const run = activeRun(book)
    const correlation_id = run?.correlation_id ?? book.requests.at(-1)?.correlation_id ?? book.batch_id
    logger.error({ batch_id: batchId, run_id: run?.run_id ?? null, err: error.message }, 'a run fits no message')
    const request_id = derivedId(batchId, 'too_large', book.book_revision)
    const ended = await store.cancel(batchId, {
      request_id,
      correlation_id,
      run_id: run?.run_id ?? null,
      reason: 'too_large',
    })
    // A book that has moved on meanwhile is tried as it stands now.
    if (ended.reply !== 'cancelled' && ended.book.book_revision === book.book_revision) throw error
    return ended
  }

  const sendAll = async (batchId: BatchId, transitioned: Transitioned): Promise<Transitioned> => {
    const { book, entries } = transitioned
    const messages = entries.flatMap((entry) => render(book, entry, entries))
    const books = messages.filter(({ topic }) => topic === TOPICS.runChanged)
    try {
      await send(books)
      await send(messages.filter(({ topic }) => topic !== TOPICS.runChanged))
    } catch (thrown) {
      if (thrown instanceof MalformedError) return giveUp(batchId, transitioned, thrown)
      throw thrown
    }
    const seqs = entries.map(({ seq }) => seq)
    // What is left then is a book that has changed meanwhile: it is published once more, so that the newest is last.
    const left = await store.ack(batchId, { seqs, book_revision: books.length > 0 ? book.book_revision : null })
    if (left.reply === 'behind') throw new PassingError('catching_up', 'the store has lost what it had said')
    return left
  }

  /** Gives what was said: the transition itself, or the end that came in its place. */
  return async function publish(batchId: BatchId, transitioned: Transitioned): Promise<Transitioned> {
    let said = transitioned
    for (let left = transitioned; left.entries.length > 0; ) {
      left = await sendAll(batchId, left)
      // The commands that fitted no message are still among the entries, and are left unsaid.
      if (left.reply === 'cancelled') said = { ...left, entries: left.entries.filter(({ kind }) => kind !== 'command') }
    }
    return said
  }
}
export type PublishOutbox = ReturnType<typeof createOutboxPublisher>
