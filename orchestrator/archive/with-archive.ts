import type { BatchId } from '../../shared/ids.ts'
import type { OrchestratorMetrics } from '../../shared/telemetry/metrics.ts'
import type { Book } from '../runs/model/book.ts'
import { ShelvedError } from '../runs/model/shelf.ts'
import type { RunStore, Transitioned } from '../runs/port.ts'
import type { BookArchive } from './store.ts'

type Transition<Input extends unknown[]> = (batchId: BatchId, ...input: Input) => Promise<Transitioned>

/**
 * A store that knows what was archived, too: a transition of a batch whose book has gone there gets it back first, and whoever
 * only reads is shown it. Rejects with a PassingError while the archive is away, for such a batch alone.
 */
export const withArchive = (
  store: RunStore,
  archive: Pick<BookArchive, 'read'>,
  metrics: Pick<OrchestratorMetrics, 'recalled'>,
): RunStore => {
  const archived = async (batchId: BatchId): Promise<Book> => {
    const book = await archive.read(batchId)
    if (!book) throw new Error('the archive lacks a book that it had')
    return book
  }
  const recalling =
    <Input extends unknown[]>(transition: Transition<Input>): Transition<Input> =>
    async (batchId, ...input) => {
      try {
        return await transition(batchId, ...input)
      } catch (thrown) {
        if (!(thrown instanceof ShelvedError)) throw thrown
        await store.recall(batchId, await archived(batchId))
        metrics.recalled()
        return transition(batchId, ...input)
      }
    }

  return {
    ...store,
    register: recalling(store.register),
    content: recalling(store.content),
    request: recalling(store.request),
    start: recalling(store.start),
    refuse: recalling(store.refuse),
    outcome: recalling(store.outcome),
    expire: recalling(store.expire),
    timeout: recalling(store.timeout),
    moveOn: recalling(store.moveOn),
    cancel: recalling(store.cancel),
    prompt: recalling(store.prompt),
    ack: recalling(store.ack),
    async read(batchId) {
      try {
        return await store.read(batchId)
      } catch (thrown) {
        if (!(thrown instanceof ShelvedError)) throw thrown
        return { reply: 'noted', book: await archived(batchId), entries: [] }
      }
    },
  }
}
