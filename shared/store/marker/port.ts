/**
 * The marker of a bucket: per consumer group and partition the offset up to which everything is applied to the bucket's
 * state. The log is the truth; the marker tells when Redis lost what had been written there (invariant 13).
 */
export interface MarkerStore {
  /** Field -> offset of each of these buckets, in the same order. */
  read(buckets: readonly number[]): Promise<readonly ReadonlyMap<string, number>[]>
  /**
   * Moves fields by compare-and-set: one that does not stand where it is expected stays as it is and is reported. All
   * buckets go together; when this rejects, some may have moved.
   */
  advance(changes: readonly MarkerChange[]): Promise<readonly MarkerMismatch[]>
  /**
   * Moves fields as `advance` does, finds out whether writes of the group were lost, and says of each bucket, in the order
   * of the changes, whether it is complete.
   */
  keep(group: string, changes: readonly KeepChange[]): Promise<readonly Kept[]>
  /** Whether the bucket has all that the group has applied. While it does not, nobody may read of it. */
  isComplete(group: string, bucket: number): Promise<boolean>
}

/**
 * What a member leaves in a bucket with each look, another every time. A store keeps an unbroken beginning of what was written to
 * a bucket, so while the last one stands nothing is lost that this member wrote before it.
 */
export interface Seal {
  readonly field: string
  /** What must stand there, or nothing is done; null for a look at all fields. */
  readonly expected: number | null
  /** What stands there once something was looked at. */
  readonly next: number
}

export interface KeepChange {
  readonly bucket: number
  readonly seal?: Seal | undefined
  /** Fields to remove: seals of members that may be gone. One that is not looks at all of its fields again. */
  readonly drop?: readonly string[] | undefined
  readonly moves: readonly KeepMove[]
  /** All fields of the group: the bucket is complete once every one has caught up. Undefined leaves that for later. */
  readonly required?: readonly string[] | undefined
}

export interface KeepMove extends MarkerMove {
  /** How many writes into the bucket were acknowledged for this field; fewer means that some were lost. */
  readonly writes: number
  /** False while what was lost is applied again: the bucket is not complete until then. */
  readonly caughtUp: boolean
}

export interface Kept {
  readonly bucket: number
  /** False when another seal stood there than must: then nothing was done. */
  readonly sealed: boolean
  readonly complete: boolean
  /** The fields that did not move. */
  readonly misses: readonly KeepMiss[]
}

export interface KeepMiss {
  readonly field: string
  readonly found: number | null
  /** The store lost what had been written there; otherwise somebody else moved the field on. */
  readonly lost: boolean
}

export interface MarkerChange {
  readonly bucket: number
  readonly moves: readonly MarkerMove[]
}

export interface MarkerMove {
  /** `group|topic|partition`. */
  readonly field: string
  /** What must stand there now; null: nothing. */
  readonly expected: number | null
  readonly next: number
}

export interface MarkerMismatch {
  readonly bucket: number
  readonly field: string
  readonly found: number | null
}
