import type { EventLog, Subscription } from '../../shared/log/port.ts'
import { sleep } from '../../shared/retry.ts'
import { checkArchive } from '../../shared/store/sql/check.ts'
import type { Logger } from '../../shared/telemetry/logger-port.ts'
import type { Metrics } from '../../shared/telemetry/metrics.ts'
import type { OwnedIndex } from '../owned/port.ts'
import type { BatchStore } from '../state/port.ts'
import { createReadWhenReached } from '../state/read-when-reached.ts'
import { createArchiveBatch } from './archive-batch.ts'
import { ARCHIVE_GROUP, consumeForArchive } from './archiver.ts'
import { createFillOwners } from './fill-owners.ts'
import type { ArchiveStore } from './port.ts'
import { createRestoreBatch } from './restore.ts'
import { createArchiveSweeper } from './sweeper.ts'

export interface ArchivingDeps {
  readonly log: EventLog
  /** The live state. */
  readonly store: BatchStore
  readonly archive: ArchiveStore
  readonly owned: OwnedIndex
  readonly logger: Logger
  readonly metrics: Pick<Metrics, 'processor' | 'lag' | 'conductor'>
  /** Milliseconds from a batch's last change until its state goes. */
  readonly expiryMs: number
  /** Milliseconds that the archive waits for records to be applied. */
  readonly waitLimitMs: number
}

/** Keeps the archive in step with the state, and lets state expire that is archived. */
export const createArchiving = (deps: ArchivingDeps) => {
  const { log, store, archive, owned, logger, metrics, expiryMs, waitLimitMs } = deps
  const archiveOne = createArchiveBatch({ store, archive, restore: createRestoreBatch(store, archive), expiryMs })
  const archiveBatch: typeof archiveOne = async (id) => {
    const outcome = await archiveOne(id)
    metrics.conductor.archived(outcome)
    return outcome
  }
  const sweeper = createArchiveSweeper({ store, archiveBatch, logger })
  const owners = createFillOwners({ archive, owned, logger })
  let archiver: Subscription | undefined

  return {
    async start(): Promise<void> {
      archiver = await consumeForArchive({
        log,
        archiveBatch,
        readWhenReached: createReadWhenReached({ store, clock: Date.now, sleep, limitMs: waitLimitMs }),
        logger,
        processorMetrics: metrics.processor,
      })
      metrics.lag(ARCHIVE_GROUP, archiver.lag)
      sweeper.start()
      owners.start()
    },
    async stop(): Promise<void> {
      await Promise.all([archiver?.stop(), sweeper.stop(), owners.stop()])
    },
    /** It catches up by itself, so that its absence is no reason not to be ready. */
    check: () => checkArchive(archive),
  }
}
