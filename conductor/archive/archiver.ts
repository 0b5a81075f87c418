import { SENDERS } from '../../shared/contracts/senders.ts'
import { TOPICS } from '../../shared/contracts/topics.ts'
import { MalformedError } from '../../shared/errors.ts'
import { type BatchId, batchId } from '../../shared/ids.ts'
import type { EventLog, LogRecord, Subscription } from '../../shared/log/port.ts'
import { createProcessor, type ProcessorMetrics } from '../../shared/log/processor.ts'
import type { Logger } from '../../shared/telemetry/logger-port.ts'
import { PROJECTED_TOPICS, projectRecord } from '../projections/index.ts'
import type { Awaited } from '../state/port.ts'
import type { ReadWhenReached } from '../state/read-when-reached.ts'
import type { ArchiveBatch } from './archive-batch.ts'

/** The consumer group that archives. */
export const ARCHIVE_GROUP = 'baton-conductor-archive'

/**
 * Events of single essays come by the thousand, and each would archive its whole batch: the outcome of their phase follows and
 * is archived with all of them, and what comes after it is found by the sweeper.
 */
const PER_ESSAY: readonly string[] = [
  TOPICS.spellcheckPhaseCompleted,
  TOPICS.spellcheckResults,
  TOPICS.spellcheckCompleted,
  TOPICS.essayNlpCompleted,
  TOPICS.aiFeedbackCompleted,
]
const ARCHIVED_TOPICS = PROJECTED_TOPICS.filter((topic) => !PER_ESSAY.includes(topic))

export interface ArchiverDeps {
  readonly log: EventLog
  readonly archiveBatch: ArchiveBatch
  /** Waits until the facts are applied that are to be archived. */
  readonly readWhenReached: ReadWhenReached
  readonly logger: Logger
  readonly processorMetrics: ProcessorMetrics
}

/** Batches that are archived at the same time: as many as the archive has connections. */
const AT_ONCE = 4

/** What a record says of which batch; null when that is for others to report. */
type Change = { readonly batchId: BatchId; readonly at: Awaited } | null

/**
 * Archives batches as the log tells of them. The log is the queue: while the database is away the partitions of this group
 * are held, the projection goes on in its own, and afterwards the archive catches up.
 */
export const consumeForArchive = (deps: ArchiverDeps): Promise<Subscription> => {
  const { log, archiveBatch, readWhenReached, logger, processorMetrics } = deps

  const archive = async ([id, changes]: readonly [BatchId, readonly Awaited[]]): Promise<void> => {
    await readWhenReached(id, lastOfEach(changes))
    await archiveBatch(id)
  }

  const processor = createProcessor<Change>({
    service: SENDERS.conductor,
    decode: changeOf,
    async handle(items) {
      const batches = new Map<BatchId, Awaited[]>()
      for (const { value } of items)
        if (value) batches.set(value.batchId, [...(batches.get(value.batchId) ?? []), value.at])
      const all = [...batches]
      for (let first = 0; first < all.length; first += AT_ONCE)
        await Promise.all(all.slice(first, first + AT_ONCE).map(archive))
    },
    log,
    logger,
    metrics: processorMetrics,
  })
  return log.consume({ group: ARCHIVE_GROUP, topics: ARCHIVED_TOPICS }, processor)
}

/** A record that cannot be projected is a dead letter already. */
const changeOf = (record: LogRecord): Change => {
  try {
    const { batchId: id, event } = projectRecord(record, { producesText: () => false })
    return id === null ? null : { batchId: batchId(id), at: { partition: event.partition, offset: event.offset } }
  } catch (thrown) {
    if (thrown instanceof MalformedError) return null
    throw thrown
  }
}

/** Of each partition the last record: the ones before it were applied first. */
const lastOfEach = (changes: readonly Awaited[]): readonly Awaited[] => [
  ...new Map(changes.map((at) => [at.partition, at])).values(),
]
