import { useCallback, useSyncExternalStore } from 'react'
import type { LiveBatch } from '../client/live/follow-batch.ts'
import { useProvided } from './baton-provider.tsx'

/** A batch, live: the component renders again with every change, and never with an older state than before. */
export const useBatch = (batchId: string): LiveBatch => {
  const { watches } = useProvided()
  const subscribe = useCallback((onChange: () => void) => watches.subscribe(batchId, onChange), [watches, batchId])
  const current = useCallback(() => watches.current(batchId), [watches, batchId])
  return useSyncExternalStore(subscribe, current)
}
