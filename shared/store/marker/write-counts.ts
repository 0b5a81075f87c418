/**
 * How many of its writes into each bucket a consumer has seen acknowledged, per field of the marker. The store counts them
 * too, in the very transitions: where it has counted fewer, it lost writes that were acknowledged (a failover to a replica
 * that lagged), also such as no marker could tell of yet.
 */
export interface WriteCounts {
  acknowledged(field: string, bucket: number): number
  acknowledge(field: string, bucket: number, writes: number): void
  /** What was applied of this field is applied again: the count begins anew. */
  forget(field: string): void
}

export const createWriteCounts = (): WriteCounts => {
  const counts = new Map<string, Map<number, number>>()
  return {
    acknowledged: (field, bucket) => counts.get(field)?.get(bucket) ?? 0,
    acknowledge(field, bucket, writes) {
      const perBucket = counts.get(field)
      if (!perBucket) counts.set(field, new Map([[bucket, writes]]))
      else if (writes > (perBucket.get(bucket) ?? 0)) perBucket.set(bucket, writes)
    },
    forget: (field) => void counts.delete(field),
  }
}
