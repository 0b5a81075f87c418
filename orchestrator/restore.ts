import { bucketOf } from '../shared/buckets.ts'
import { isTombstone, receiveAs } from '../shared/contracts/receive.ts'
import { TOPICS } from '../shared/contracts/topics.ts'
import { asError, MalformedError } from '../shared/errors.ts'
import type { BatchId } from '../shared/ids.ts'
import type { EventLog, LogRecord } from '../shared/log/port.ts'
import { readToEnd } from '../shared/log/read-to-end.ts'
import type { Logger } from '../shared/telemetry/logger-port.ts'
import { pauseOf } from './pauses/message.ts'
import { BookState, bookFrom } from './runs/model/changelog.ts'
import { newestOf } from './runs/model/pause.ts'
import type { RestoreInput, RunStore } from './runs/port.ts'

export interface RestoreDeps {
  readonly log: Pick<EventLog, 'consume'>
  readonly store: Pick<RunStore, 'restore' | 'restoring' | 'revive' | 'setPauses'>
  readonly logger: Logger
}

/** Brings lost buckets back from the run books, with the pauses that hold before they may decide anything. Several processes may do so at once: the newest book wins. */
export type RestoreBuckets = (buckets: readonly number[], signal?: AbortSignal) => Promise<void>

export const createRestore = ({ log, store, logger }: RestoreDeps): RestoreBuckets =>
  async function restore(buckets, signal) {
    const lost = new Set(buckets)
    // Named before anything is read: a bucket that is lost once more meanwhile is not called restored.
    const restoring = await store.restoring(buckets)
    const seen = new Set<BatchId>()
    const take = async (record: LogRecord): Promise<void> => {
      const found = readBook(record, logger)
      if (!found || !lost.has(bucketOf(found.batchId))) return
      await store.restore(found.batchId, found.input)
      seen.add(found.batchId)
    }
    const isWhole = await readToEnd(
      { log, topics: [TOPICS.runChanged, TOPICS.phasePauseChanged], ...(signal ? { signal } : {}) },
      async (records) => {
        if (records[0]?.topic === TOPICS.phasePauseChanged) {
          await store.setPauses(newestOf(records.flatMap((record) => pauseOf(record, logger) ?? [])))
          return
        }
        // One batch's books lie in order in one partition, and the newest wins: they need not wait for each other.
        await Promise.all(records.map(take))
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
