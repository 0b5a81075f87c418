import type { LiveBatch } from '../client/live/follow-batch.ts'
import { useProvided } from './baton-provider.tsx'
import { useWatch } from './use-watch.ts'

/** A batch, live: the component renders again with every change, and never with an older state than before. */
export const useBatch = (batchId: string): LiveBatch => useWatch(useProvided().batch, batchId)
