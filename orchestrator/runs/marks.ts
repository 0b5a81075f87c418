/**
 * The newest mark of each bucket that this process has seen: when the bucket was last written to, by the store's clock. A
 * failover may leave a store that answers as ever and has lost its last writes. Every call says what it has seen, and a
 * bucket that stands before that is restored before anything is decided on it.
 */
export const createMarks = () => {
  const marks = new Map<number, number>()
  return {
    /** Microseconds since 1970; 0 for a bucket of which nothing was seen. */
    seen: (bucket: number): number => marks.get(bucket) ?? 0,
    see(bucket: number, mark: number): void {
      if (mark > (marks.get(bucket) ?? 0)) marks.set(bucket, mark)
    },
  }
}
