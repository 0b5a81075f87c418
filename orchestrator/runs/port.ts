import type { BatchId } from '../../shared/ids.ts'
import type {
  AckInput,
  CancelInput,
  ContentInput,
  OutcomeInput,
  PromptInput,
  RefuseInput,
  RegisterInput,
  RequestInput,
  RestoreInput,
  StartInput,
} from './inputs.ts'
import type { Book } from './model/book.ts'
import type { OutboxEntry } from './model/outbox-entry.ts'
import type { Pause } from './model/pause.ts'
import type { Shelved } from './model/shelf.ts'

export type * from './inputs.ts'

/** What a transition answers. */
export type Reply =
  | 'registered'
  | 'known'
  | 'unknown_batch'
  | 'noted'
  /** A request is ready to be planned; whoever hears this does it. */
  | 'plan'
  | 'waiting'
  | 'refused'
  | 'decided'
  | 'started'
  | 'applied'
  /** The outcome is of no open attempt: facts only. */
  | 'stale'
  | 'acknowledged'
  /** A newer book was acknowledged than the store has: it lost what it knew. */
  | 'behind'
  | 'cancelled'
  | 'nothing_active'
  | 'moved_on'
  | 'restored'

/** The batch after a transition, and what of it still waits in the outbox, in order. */
export interface Transitioned {
  readonly reply: Reply
  readonly book: Book
  readonly entries: readonly OutboxEntry[]
}

/**
 * `outbox`: something waits to be published. `wait`: a request waits for content, or for its plan. `deadline`: an attempt
 * waits for its outcome. `held`: a run waits before a phase that is paused.
 */
export type TimerKind = 'outbox' | 'wait' | 'deadline' | 'held'

/** A timer of a bucket. */
export interface Timer extends DueTimer {
  /** Microseconds since 1970. */
  readonly due: number
}

/** Timers of a bucket that are due. */
export interface Due {
  /** The store has lost this bucket: it is to be restored from the run books. */
  readonly lost: boolean
  readonly timers: readonly DueTimer[]
}

/** A timer that has come due. */
export interface DueTimer {
  readonly kind: TimerKind
  readonly batchId: BatchId
}

/** Which batches are asked for that may be archived. */
export interface AgedClaim {
  /** How long ago they must have changed, milliseconds. */
  readonly olderThanMs: number
  /** For how long nobody else gets them, milliseconds. */
  readonly leaseMs: number
  /** How many of a bucket at most. */
  readonly limit: number
}

/**
 * Runs, requests and what is to be said about them: one atomic transition a method (invariant 2). Every transition can be
 * repeated: it then changes nothing and answers with what is still to be published (invariants 3 and 4).
 */
export interface RunStore {
  register(batchId: BatchId, input: RegisterInput): Promise<Transitioned>
  content(batchId: BatchId, input: ContentInput): Promise<Transitioned>
  request(batchId: BatchId, input: RequestInput): Promise<Transitioned>
  start(batchId: BatchId, input: StartInput): Promise<Transitioned>
  /** The pending request cannot be served: `refused`, or `waiting` to be planned again while there is patience with it. */
  refuse(batchId: BatchId, input: RefuseInput): Promise<Transitioned>
  outcome(batchId: BatchId, input: OutcomeInput): Promise<Transitioned>
  /** A request has waited long enough, by the store's clock: it is refused, or planned (again) where the content is there. */
  expire(batchId: BatchId): Promise<Transitioned>
  /** Ends attempts whose deadline has passed, by the store's clock, or commands them again where the phase allows it. */
  timeout(batchId: BatchId): Promise<Transitioned>
  /** Moves a run on that was held before a paused phase, if it no longer is. */
  moveOn(batchId: BatchId): Promise<Transitioned>
  /** Ends what is active; its late results are facts only. */
  cancel(batchId: BatchId, input: CancelInput): Promise<Transitioned>
  /** Replaces the prompt reference that later runs work with. */
  prompt(batchId: BatchId, input: PromptInput): Promise<Transitioned>
  /** Puts back a book that was lost, with what was still to be said; one that is newer stays. */
  restore(batchId: BatchId, input: RestoreInput): Promise<Transitioned>
  /** Takes out of the outbox what the log has acknowledged. */
  ack(batchId: BatchId, input: AckInput): Promise<Transitioned>
  /** Undefined for a batch that there is nothing of. */
  read(batchId: BatchId): Promise<Transitioned | undefined>
  /**
   * Timers of a bucket that are due, oldest first; none while another holds the bucket's lease. `owner` keeps the lease for
   * `leaseMs`.
   */
  due(bucket: number, owner: string, leaseMs: number, limit: number): Promise<Due>
  /** Timers of a bucket, due or not, earliest first. */
  timers(bucket: number, limit: number): Promise<readonly Timer[]>
  /**
   * Takes in what the log says about paused phases, also for lost buckets: runs are held back before them, and those that were
   * held before others come due. What is older than what is known changes nothing.
   */
  setPauses(pauses: readonly Pause[]): Promise<void>
  /** What is known of phases that were ever paused, by name. */
  pauses(): Promise<readonly Pause[]>
  /** Claims batches whose books may have been left alone for so long that they can go to the archive. */
  aged(claim: AgedClaim): Promise<readonly BatchId[]>
  /** The batch was not to go yet: it comes again once it has been left alone for long since its last change. */
  postpone(batchId: BatchId): Promise<void>
  /**
   * Leaves a stub in the place of a book that the archive has at this revision: the batch's transitions, and `read`, then
   * reject with a ShelvedError. False when the book has changed since, and then nothing is done.
   */
  shelve(batchId: BatchId, revision: string): Promise<boolean>
  /** Puts a book back where its stub stands, as it was; elsewhere nothing is done. */
  recall(batchId: BatchId, book: Book): Promise<void>
  /**
   * Puts a stub where a lost book was: the archive has one that is at least as new as the log's. Allowed while the bucket is
   * lost. False where there is a book: that is restored as any other.
   */
  restoreShelved(batchId: BatchId, shelved: Shelved): Promise<boolean>
  /** Begins the restoration of lost buckets: bucket -> what names it, the same for all who restore at that time. */
  restoring(buckets: readonly number[]): Promise<ReadonlyMap<number, string>>
  /**
   * Says that these buckets are restored: until then every transition of theirs rejects with a PassingError. One that was
   * lost again meanwhile stays lost.
   */
  revive(restored: ReadonlyMap<number, string>): Promise<void>
  /** Says that these buckets may have lost something: they are restored before anything is decided on them again. */
  forget(buckets: readonly number[]): Promise<void>
  ping(): Promise<void>
}
