import type { LiveBatch } from '../client/live/follow-batch.ts'

export interface Watches {
  /** Calls back on every change of the batch, until the answer is called. */
  subscribe(batchId: string, onChange: () => void): () => void
  /** What was heard last; the same object until something changes. */
  current(batchId: string): LiveBatch
}

type Follow = (batchId: string, listener: (live: LiveBatch) => void) => () => void

interface Watch {
  readonly listeners: Set<() => void>
  readonly stop: () => void
  live: LiveBatch
}

const NOTHING: LiveBatch = { batch: undefined, connection: 'connecting', problem: undefined }

/** One stream a batch, however many components show it; it ends with the last of them. */
export const createWatches = (follow: Follow): Watches => {
  const watches = new Map<string, Watch>()

  const begin = (batchId: string): Watch => {
    const watch: Watch = {
      listeners: new Set(),
      live: NOTHING,
      stop: follow(batchId, (live) => {
        watch.live = live
        for (const onChange of watch.listeners) onChange()
      }),
    }
    watches.set(batchId, watch)
    return watch
  }

  return {
    subscribe(batchId, onChange) {
      const watch = watches.get(batchId) ?? begin(batchId)
      watch.listeners.add(onChange)
      return () => {
        watch.listeners.delete(onChange)
        if (watch.listeners.size > 0) return
        watch.stop()
        watches.delete(batchId)
      }
    },
    current: (batchId) => watches.get(batchId)?.live ?? NOTHING,
  }
}
