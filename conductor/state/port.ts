import type { RunBook } from '../../shared/contracts/run-book.ts'
import type { BatchId, EssayId } from '../../shared/ids.ts'
import type { WriteCounts } from '../../shared/store/marker/write-counts.ts'
import type { BatchChange, Stamp } from './facts.ts'
import type { Registration } from './registration.ts'
import type { NamedEssays, Tally } from './signature.ts'

/**
 * What the conductor knows of every batch. `redis` (one Lua script a transition) and `embedded` (a pure reducer over
 * SQLite rows) pass one contract suite and one property test.
 */
export interface BatchStore {
  /**
   * Applies what was said about some batches, one transition a batch; answers in the same order. Applying again
   * changes nothing, so a failure half-way is repaired by a repeat (invariant 4). Rejects with a PassingError when writes
   * that were counted are missing: then these and more must be applied again.
   */
  apply(changes: readonly BatchChange[], counted?: readonly Counted[]): Promise<readonly Applied[]>
  /**
   * A batch as it stands at one moment; an unknown one is an empty snapshot of revision 0. Rejects, as `essays` does, with a
   * PassingError (503 `CATCHING_UP`) while the batch's bucket does not have all that is applied (invariant 13).
   */
  read(batchId: BatchId, options: ReadOptions): Promise<Snapshot>
  /** The revision of a batch alone; `0` for an unknown one. */
  revision(batchId: BatchId): Promise<string>
  /** A page of the registered essays, or the revision that the facts have moved to. */
  essays(batchId: BatchId, page: PageRequest): Promise<EssayPage>
  /**
   * Says what became of a batch at a revision; false when it has changed since, and then nothing is done. Any later change
   * takes its expiry away again, in the same transition.
   */
  settle(batchId: BatchId, settlement: Settlement): Promise<boolean>
  /** Some batches of each bucket that changed a while ago and were not settled since. */
  unsettled(claim: Claim): Promise<readonly BatchId[]>
  /** Rejects when the store cannot be reached now. For readiness. */
  ping(): Promise<void>
}

export interface Settlement {
  readonly revision: string
  /** The archive has acknowledged the batch at this revision. */
  readonly archived: boolean
  /** Milliseconds after its last change when all of its state goes; null for never. */
  readonly expiresMs: number | null
}

export interface Claim {
  /** Changes that are younger are left to whoever archives as the log tells of them. Milliseconds. */
  readonly quietMs: number
  /** Nobody else gets the batches for so long; then they come again if they are still not settled. Milliseconds. */
  readonly leaseMs: number
  /** At most so many of one bucket. */
  readonly limit: number
}

/** Records of this partition are applied; the write is counted for its marker's field. */
export interface Counted {
  /** `group|topic|partition`. */
  readonly field: string
  readonly writes: WriteCounts
}

/** What became of a fact; all but the first change nothing and are counted (invariant 5). */
export const FACT_RESULTS = ['applied', 'repeated', 'late', 'outranked', 'older_registration', 'older_book'] as const
export type FactResult = (typeof FACT_RESULTS)[number]

export interface Applied {
  readonly batchId: BatchId
  /** Only grows; text, since Lua prints numbers with 14 digits (invariant 10). */
  readonly revision: string
  /** The revision at which something last changed that plans rest on. */
  readonly factsRevision: string
  readonly changed: boolean
  /** Per event, in order: how many of its facts had which result. */
  readonly results: readonly Readonly<Partial<Record<FactResult, number>>>[]
}

/** A record that must have been applied. */
export interface Awaited {
  /** `topic|partition`. */
  readonly partition: string
  readonly offset: number
}

export interface ReadOptions {
  /** How many essays, from the first registered one; at most 1,000. Default none. */
  readonly essays?: number
  /** With the run book. Default without. */
  readonly book?: boolean
  /** With so many of the registered essays of each signature, whatever the batch's size. Default none. */
  readonly named?: number
  /** Positions of this batch's events; `reached` says whether all are applied. */
  readonly after?: readonly Awaited[]
}

export type ContentState = 'pending' | 'ready' | 'failed'

export interface Snapshot {
  readonly batchId: BatchId
  readonly revision: string
  readonly factsRevision: string
  readonly registration: Registration | null
  readonly content: ContentState
  readonly tally: Tally
  /** Some essays of each signature of the tally, by their ids, when asked for. */
  readonly named: readonly NamedEssays[]
  readonly essays: readonly Essay[]
  readonly book: RunBook | null
  readonly reached: boolean
  /** Revision at which the archive last had what state has; null when state may lack what the archive has. */
  readonly archived: string | null
  /** What merges with others' knowledge of this batch. */
  readonly registers: BatchRegisters
}

export interface BatchRegisters {
  /** Stamp of the registration that stands. */
  readonly registeredBy: Stamp | null
  /** Register -> stamp. */
  readonly batch: Readonly<Record<string, Stamp>>
}

/** What is known of one essay. */
export interface Essay {
  readonly essayId: EssayId
  /** Storage id of its newest text; null when none was named. */
  readonly text: string | null
  /** Why content validation refused it; null when it did not. */
  readonly refused: string | null
  readonly phases: ReadonlyMap<string, EssayOutcome>
  readonly signature: string
  /** Register -> stamp and value: all of the above follows from it. */
  readonly registers: Registers
}
export type Registers = Readonly<Record<string, readonly [stamp: Stamp, value: string]>>

export interface EssayOutcome {
  readonly outcome: 'succeeded' | 'failed'
  readonly errorCode: string | null
  /** Microseconds since 1970, as the event says. */
  readonly at: number
}

export interface PageRequest {
  readonly factsRevision: string
  /** Index of the first essay, from 0. */
  readonly first: number
  /** At most 1,000. */
  readonly count: number
}

export type EssayPage =
  | { readonly moved: true; readonly factsRevision: string }
  | { readonly moved: false; readonly essays: readonly Essay[]; readonly next: number | null }
