import { bucketOf } from '../shared/buckets.ts'
import { isTombstone, receiveAs } from '../shared/contracts/receive.ts'
import { TOPICS } from '../shared/contracts/topics.ts'
import { asError, MalformedError } from '../shared/errors.ts'
import type { BatchId } from '../shared/ids.ts'
import type { EventLog, LogRecord } from '../shared/log/port.ts'
import { readToEnd } from '../shared/log/read-to-end.ts'
import type { Logger } from '../shared/telemetry/logger-port.ts'
import type { ArchivedRevisions } from './archive/archiving.ts'
import { pauseOf } from './pauses/message.ts'
import { BookState, bookFrom } from './runs/model/changelog.ts'
import { newestOf } from './runs/model/pause.ts'
import type { RestoreInput, RunStore } from './runs/port.ts'

export interface RestoreDeps {
  readonly log: Pick<EventLog, 'consume'>
  readonly store: Pick<RunStore, 'restore' | 'restoreShelved' | 'restoring' | 'revive' | 'setPauses'>
  readonly archived: ArchivedRevisions
  readonly logger: Logger
}

/**
 * Brings lost buckets back from the run books, with the pauses that hold before they may decide anything; of a book that the
 * archive has only its stub. Several processes may do so at once: the newest book wins.
 */
export type RestoreBuckets = (buckets: readonly number[], signal?: AbortSignal) => Promise<void>

export const createRestore = ({ log, store, archived, logger }: RestoreDeps): RestoreBuckets =>
  async function restore(buckets, signal) {
    const lost = new Set(buckets)
    // Named before anything is read: a bucket that is lost once more meanwhile is not called restored.
    const restoring = await store.restoring(buckets)
    const seen = new Set<BatchId>()
    const take = async (records: readonly LogRecord[]): Promise<void> => {
      const found = records.flatMap((record) => readBook(record, logger) ?? [])
      const ours = found.filter(({ batchId }) => lost.has(bucketOf(batchId)))
      const revisions = await archived([...new Set(ours.map(({ batchId }) => batchId))])
      // One batch's books lie in order in one partition, and the newest wins: they need not wait for each other.
      await Promise.all(ours.map(({ batchId, input }) => putBack(batchId, input, revisions.get(batchId))))
      for (const { batchId } of ours) seen.add(batchId)
    }
    const putBack = async (batchId: BatchId, input: RestoreInput, revision: string | undefined): Promise<void> => {
      const { book_revision, registration } = input.book
      const registered = registration !== null
      const isArchived = revision !== undefined && Number(revision) >= Number(book_revision)
      if (isArchived && (await store.restoreShelved(batchId, { revision, book_revision, registered }))) return
      await store.restore(batchId, input)
    }
    const isWhole = await readToEnd(
      { log, topics: [TOPICS.runChanged, TOPICS.phasePauseChanged], ...(signal ? { signal } : {}) },
      async (records) => {
        if (records[0]?.topic === TOPICS.phasePauseChanged) {
          await store.setPauses(newestOf(records.flatMap((record) => pauseOf(record, logger) ?? [])))
          return
        }
        await take(records)
      },
    )
    if (!isWhole) return
    await store.revive(restoring)
    logger.info({ buckets: lost.size, batches: seen.size }, 'lost buckets restored from the run books')
  }

/** Undefined for a record that no book can be made of; that is written to the log, since its batch stays lost. */
const readBook = (
  record: LogRecord,
  logger: Logger,
): { readonly batchId: BatchId; readonly input: RestoreInput } | undefined => {
  if (isTombstone(record)) return undefined
  const { topic, partition, offset } = record
  try {
    const { batchId, envelope } = receiveAs(TOPICS.runChanged, record)
    const state = BookState.safeParse(envelope.metadata?.['state'])
    if (batchId === null || !state.success) throw new MalformedError('data_invalid', state.error?.message ?? 'no batch')
    return { batchId, input: bookFrom(envelope.data, state.data) }
  } catch (thrown) {
    logger.error({ topic, partition, offset, err: asError(thrown).message }, 'a run book cannot be restored from')
    return undefined
  }
}
