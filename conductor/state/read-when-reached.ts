import { PassingError } from '../../shared/errors.ts'
import type { BatchId } from '../../shared/ids.ts'
import type { Awaited, BatchStore, ReadOptions, Snapshot } from './port.ts'

export interface WaitOptions {
  readonly store: Pick<BatchStore, 'read'>
  /** Milliseconds since 1970. */
  readonly clock: () => number
  readonly sleep: (ms: number) => Promise<void>
  /** Milliseconds that a reader may wait in all. */
  readonly limitMs: number
}

/**
 * Reads a batch once the records that the caller names are applied to it, so that nobody plans on less than they have
 * already seen. Rejects with a PassingError (503 `CATCHING_UP`) when that takes too long.
 */
export type ReadWhenReached = (
  batchId: BatchId,
  after: readonly Awaited[],
  options?: Omit<ReadOptions, 'after'>,
) => Promise<Snapshot>

/** Pauses between two looks, milliseconds: a record is usually applied a few milliseconds after it was written. */
const FIRST_PAUSE_MS = 2
const LONGEST_PAUSE_MS = 50

export const createReadWhenReached = ({ store, clock, sleep, limitMs }: WaitOptions): ReadWhenReached =>
  async function readWhenReached(batchId, after, options = {}) {
    const deadline = clock() + limitMs
    for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
      try {
        const snapshot = await store.read(batchId, { ...options, after })
        if (snapshot.reached) return snapshot
      } catch (thrown) {
        // Its bucket is incomplete, which passes too: usually within a second.
        if (!(thrown instanceof PassingError && thrown.source === 'catching_up')) throw thrown
      }
      if (clock() + pause > deadline)
        throw new PassingError('catching_up', 'records that were named are not applied yet')
      await sleep(pause)
    }
  }
