import { bucketOf } from '../../shared/buckets.ts'
import { createChore } from '../../shared/chore.ts'
import type { Logger } from '../../shared/telemetry/logger-port.ts'
import { ownedBy } from '../owned/facts.ts'
import { type OwnedIndex, ownerName } from '../owned/port.ts'
import type { ArchiveStore } from './port.ts'

export interface FillOwnersDeps {
  readonly archive: Pick<ArchiveStore, 'registrations'>
  readonly owned: Pick<OwnedIndex, 'add' | 'claimUnfilled' | 'filled'>
  readonly logger: Logger
  /** Milliseconds between two looks; default 30,000. */
  readonly everyMs?: number
}

/** Milliseconds after which another replica takes over what one that died had begun: far longer than it takes. */
const LEASE_MS = 600_000
const PAGE = 1_000

/**
 * After a loss of the store the log fills the index of owners again, but with nothing that is older than the log. The archive has
 * those batches: it is read once, for the buckets that say nothing of having been filled.
 */
export const createFillOwners = ({ archive, owned, logger, everyMs = 30_000 }: FillOwnersDeps) => {
  const token = crypto.randomUUID()

  const fill = async (signal: AbortSignal): Promise<void> => {
    const buckets = await owned.claimUnfilled(token, LEASE_MS)
    if (buckets.length === 0) return
    const wanted = new Set(buckets)
    for (let page = await archive.registrations(null, PAGE); page.length > 0; ) {
      if (signal.aborted) return
      const entries = page.flatMap(({ batchId, registration }) => ownedBy(batchId, registration))
      await owned.add(entries.filter(({ owner }) => wanted.has(bucketOf(ownerName(owner)))))
      page = await archive.registrations(page.at(-1)?.batchId ?? null, PAGE)
    }
    await owned.filled(buckets, token)
  }

  const { turn, start, stop } = createChore({ work: fill, failed: 'owners are not filled', logger, everyMs })
  return {
    /** Reads the archive, if there is a bucket that needs it. */
    fill: turn,
    start,
    stop,
  }
}
