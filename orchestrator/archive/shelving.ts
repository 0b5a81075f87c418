import { createChore } from '../../shared/chore.ts'
import { asError, PassingError } from '../../shared/errors.ts'
import type { BatchId } from '../../shared/ids.ts'
import type { Logger } from '../../shared/telemetry/logger-port.ts'
import type { OrchestratorMetrics } from '../../shared/telemetry/metrics.ts'
import { changedAt, isIdle, ShelvedError } from '../runs/model/shelf.ts'
import type { RunStore } from '../runs/port.ts'
import type { BookArchive } from './store.ts'

/** `shelved`: the archive has it; `busy`: something is under way; `moved`: it has changed since, or meanwhile. */
export type ShelvingOutcome = 'shelved' | 'busy' | 'moved'

export interface ShelvingDeps {
  /** The store itself, which tells a stub from a book. */
  readonly store: Pick<RunStore, 'aged' | 'postpone' | 'shelve' | 'read'>
  readonly archive: Pick<BookArchive, 'put'>
  /** Milliseconds from a batch's last change until its book goes. */
  readonly expiryMs: number
  /** Milliseconds since 1970. */
  readonly clock: () => number
  readonly logger: Logger
  readonly metrics: Pick<OrchestratorMetrics, 'archived'>
  /** Milliseconds between two sweeps; default one minute. */
  readonly everyMs?: number
}

/** Milliseconds after which a batch that was busy, or whose claimant died, is looked at again. */
const LEASE_MS = 3_600_000
/** Batches of one bucket that one sweep takes; the next takes more. */
const PER_BUCKET = 20

/**
 * Lets books of batches go that nothing was heard of for long: to the archive, and once it has acknowledged them out of the
 * store. Never while a run is under way, a request waits or something is still to be said. Several replicas sweep side by side.
 */
export const createShelving = (deps: ShelvingDeps) => {
  const { store, archive, expiryMs, clock, logger, metrics, everyMs = 60_000 } = deps

  const shelve = async (id: BatchId): Promise<ShelvingOutcome> => {
    const book = await bookOf(id)
    if (!book || changedAt(book) > clock() - expiryMs) {
      await store.postpone(id)
      return 'moved'
    }
    if (!isIdle(book)) return 'busy'
    await archive.put(id, book)
    return (await store.shelve(id, book.revision)) ? 'shelved' : 'moved'
  }

  /** Undefined also where only a stub is: somebody else was faster. */
  const bookOf = async (id: BatchId) => {
    try {
      return (await store.read(id))?.book
    } catch (thrown) {
      if (thrown instanceof ShelvedError) return undefined
      throw thrown
    }
  }

  const sweep = async (signal: AbortSignal): Promise<void> => {
    for (const id of await store.aged({ olderThanMs: expiryMs, leaseMs: LEASE_MS, limit: PER_BUCKET })) {
      if (signal.aborted) return
      try {
        metrics.archived(await shelve(id))
      } catch (thrown) {
        // It comes again when the claim is over.
        const line = { batch_id: id, err: asError(thrown).message }
        if (!(thrown instanceof PassingError)) logger.error(line, 'book not archived')
        // What is in the way is in the way of the others too.
        else return logger.warn(line, 'book not archived')
      }
    }
  }

  const { turn, start, stop } = createChore({ work: sweep, failed: 'shelving failed', logger, everyMs })
  return {
    /** One sweep of all buckets. */
    sweep: turn,
    start,
    stop,
  }
}
