import type { RunSummary } from '../../shared/contracts/run-book.ts'
import type { BatchId } from '../../shared/ids.ts'
import type { Essay, Snapshot } from '../state/port.ts'
import type { Registration } from '../state/registration.ts'
import type { NamedEssays } from '../state/signature.ts'
import type { WholeBatch } from '../state/whole-batch.ts'

export interface ArchivedRegistration {
  readonly batchId: BatchId
  readonly registration: Registration
}

/**
 * What outlives the state, in SQL: a batch's phase outcomes and its run history. `SQLite` and `Postgres` pass one contract
 * suite. Every call rejects with a PassingError while the database is away.
 */
export interface ArchiveStore {
  /** Writes a batch whole; one that is archived at a later revision already stays as it is. Runs are added, never removed. */
  put(batch: WholeBatch): Promise<void>
  /** The revision up to which a batch is archived; null when it is not. Its state may expire only at this revision. */
  acknowledged(batchId: BatchId): Promise<string | null>
  /** The batch as it was archived, without its essays; undefined when it is not there. */
  read(batchId: BatchId): Promise<Snapshot | undefined>
  /** Its essays from `first` on, in order. */
  essays(batchId: BatchId, first: number, count: number): Promise<readonly Essay[]>
  /** Up to so many of its essays of each signature, by their ids. */
  named(batchId: BatchId, count: number): Promise<readonly NamedEssays[]>
  /** Whose batches are archived, by their ids from after this one on. */
  registrations(after: BatchId | null, count: number): Promise<readonly ArchivedRegistration[]>
  /** All its runs, also those that its run book no longer lists, newest first. */
  runs(batchId: BatchId): Promise<readonly RunSummary[]>
  /** Rejects when the database cannot be reached now. For readiness. */
  ping(): Promise<void>
  close(): Promise<void>
}
