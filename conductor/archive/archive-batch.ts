import type { RunBook } from '../../shared/contracts/run-book.ts'
import type { BatchId } from '../../shared/ids.ts'
import type { BatchStore, Snapshot } from '../state/port.ts'
import { wholeBatch } from '../state/whole-batch.ts'
import type { ArchiveStore } from './port.ts'
import type { RestoreBatch } from './restore.ts'

/** `expires`: nothing would be lost if the state went; `stays`: a run is not over; `moved`: it has changed meanwhile. */
export type ArchiveOutcome = 'expires' | 'stays' | 'unregistered' | 'moved'

/**
 * Archives one batch as it stands, and lets its state expire once the archive has acknowledged it, if no run needs it. What the
 * archive had before is in the state by then, so nothing that was archived is ever replaced by less. A batch that nobody
 * registered is not archived, and stays: no plan can rest on it yet.
 */
export type ArchiveBatch = (batchId: BatchId) => Promise<ArchiveOutcome>

export interface ArchiveBatchDeps {
  readonly store: Pick<BatchStore, 'read' | 'essays' | 'settle'>
  readonly archive: Pick<ArchiveStore, 'put'>
  readonly restore: RestoreBatch
  /** Milliseconds from a batch's last change until its state goes. */
  readonly expiryMs: number
}

export const createArchiveBatch = ({ store, archive, restore, expiryMs }: ArchiveBatchDeps): ArchiveBatch =>
  async function archiveBatch(id) {
    const { archived, revision: before } = await store.read(id, {})
    if (archived === null && before !== '0') await restore(id)
    const batch = await wholeBatch(store, id)
    const { revision } = batch.snapshot
    const outcome = outcomeOf(batch.snapshot)
    if (outcome !== 'unregistered') await archive.put(batch)
    const settlement = {
      revision,
      archived: outcome !== 'unregistered',
      expiresMs: outcome === 'expires' ? expiryMs : null,
    }
    return (await store.settle(id, settlement)) ? outcome : 'moved'
  }

const outcomeOf = ({ registration, book }: Snapshot): ArchiveOutcome => {
  if (registration === null) return 'unregistered'
  return book !== null && isBusy(book) ? 'stays' : 'expires'
}

/** Whether a run is under way, or a request may still become one. */
const isBusy = ({ runs, requests }: RunBook): boolean =>
  runs.some(({ status }) => status === 'processing') ||
  requests.some(({ verdict }) => verdict === 'waiting_for_content' || verdict === 'planning')
