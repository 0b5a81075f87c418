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
