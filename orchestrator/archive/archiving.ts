import { asError } from '../../shared/errors.ts'
import type { BatchId } from '../../shared/ids.ts'
import { checkArchive } from '../../shared/store/sql/check.ts'
import type { Logger } from '../../shared/telemetry/logger-port.ts'
import type { OrchestratorMetrics } from '../../shared/telemetry/metrics.ts'
import type { RunStore } from '../runs/port.ts'
import { createShelving } from './shelving.ts'
import type { BookArchive } from './store.ts'
import { withArchive } from './with-archive.ts'

export interface BookArchivingDeps {
  readonly store: RunStore
  /** Undefined: there is none, and no book ever goes. */
  readonly archive: BookArchive | undefined
  /** Milliseconds from a batch's last change until its book goes. */
  readonly expiryMs: number
  readonly logger: Logger
  readonly metrics: Pick<OrchestratorMetrics, 'archived' | 'recalled'>
}

/** The revision at which each of these batches is archived, as far as that can be known now. */
export type ArchivedRevisions = (batchIds: readonly BatchId[]) => Promise<ReadonlyMap<BatchId, string>>

const NOTHING: ArchivedRevisions = async () => new Map()

/** A lost store does not wait for the archive: what it cannot tell now is restored whole, and goes again after its time. */
const archivedIn =
  (archive: Pick<BookArchive, 'revisions'>, logger: Logger): ArchivedRevisions =>
  async (batchIds) => {
    try {
      return await archive.revisions(batchIds)
    } catch (thrown) {
      logger.warn({ err: asError(thrown).message }, 'books are restored that the archive may have')
      return NOTHING(batchIds)
    }
  }

/** The run store with its archive: books go there when they are old, and come back when they are asked for. */
export const createBookArchiving = ({ store, archive, expiryMs, logger, metrics }: BookArchivingDeps) => {
  if (!archive) return { store, archived: NOTHING, checks: [], start() {}, async stop() {} }
  const shelving = createShelving({ store, archive, expiryMs, clock: Date.now, logger, metrics })
  return {
    store: withArchive(store, archive, metrics),
    archived: archivedIn(archive, logger),
    checks: [{ name: 'archive', check: () => checkArchive(archive) }],
    start: shelving.start,
    stop: shelving.stop,
  }
}
