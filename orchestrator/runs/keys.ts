import { bucketOf, bucketTag } from '../../shared/buckets.ts'
import type { BatchId } from '../../shared/ids.ts'

/** All Redis keys of the orchestrator, under the hash tag of the batch's bucket (design section 3). The id stands last. */
export const bookKey = (prefix: string, batchId: BatchId): string =>
  `${prefix}${bucketTag(bucketOf(batchId))}:runs:book:${batchId}`

/**
 * Keys of a bucket: its outbox, its timers, who sweeps it, what is paused in it, whose books may go to the
 * archive, and that it holds what it should.
 */
export const bucketKeys = (prefix: string, bucket: number) => ({
  outbox: `${prefix}${bucketTag(bucket)}:runs:outbox`,
  timers: `${prefix}${bucketTag(bucket)}:runs:timers`,
  lease: `${prefix}${bucketTag(bucket)}:runs:lease`,
  pauses: `${prefix}${bucketTag(bucket)}:runs:pauses`,
  aging: `${prefix}${bucketTag(bucket)}:runs:aging`,
  alive: `${prefix}${bucketTag(bucket)}:runs:alive`,
})
