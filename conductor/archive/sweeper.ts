import { createChore } from '../../shared/chore.ts'
import { asError, PassingError } from '../../shared/errors.ts'
import type { Logger } from '../../shared/telemetry/logger-port.ts'
import type { BatchStore } from '../state/port.ts'
import type { ArchiveBatch } from './archive-batch.ts'

export interface ArchiveSweeperDeps {
  readonly store: Pick<BatchStore, 'unsettled'>
  readonly archiveBatch: ArchiveBatch
  readonly logger: Logger
  /** Milliseconds between two sweeps; default 30,000. */
  readonly everyMs?: number
  /** Milliseconds that a change waits for the log to tell of its batch; default 600,000. */
  readonly quietMs?: number
}

/** Milliseconds after which another replica takes over what one that died had claimed. */
const LEASE_MS = 60_000
/** Batches of one bucket that one sweep takes; the next takes more. */
const PER_BUCKET = 20

/**
 * Archives what the log will not tell of again: batches that changed last by events of single essays, that moved on while they
 * were archived, or whose state was made anew after a loss. Several replicas sweep side by side.
 */
export const createArchiveSweeper = (deps: ArchiveSweeperDeps) => {
  const { store, archiveBatch, logger, everyMs = 30_000, quietMs = 600_000 } = deps

  const sweep = async (signal: AbortSignal): Promise<void> => {
    for (const id of await store.unsettled({ quietMs, leaseMs: LEASE_MS, limit: PER_BUCKET })) {
      if (signal.aborted) return
      try {
        await archiveBatch(id)
      } catch (thrown) {
        // It comes again when the claim is over.
        const line = { batch_id: id, err: asError(thrown).message }
        if (thrown instanceof PassingError) logger.warn(line, 'not archived')
        else logger.error(line, 'not archived')
      }
    }
  }

  const { turn, start, stop } = createChore({ work: sweep, failed: 'archive sweep failed', logger, everyMs })
  return {
    /** One sweep of all buckets. */
    sweep: turn,
    start,
    stop,
  }
}
