import type { BatchId } from '../../ids.ts'

/** What led to a change, for as long as somebody records its trace. */
export interface Cause {
  readonly correlationId: string
  /** W3C trace context, sampled. */
  readonly traceparent: string
}

/** That the projected state of a batch changed: enough to decide whether to read it. */
export interface Change {
  readonly batchId: BatchId
  /** The revision that the change made (invariant 10). */
  readonly revision: number
  /** Whose batch it is, where the change itself says so. */
  readonly userId: string | null
  readonly cause?: Cause | undefined
}

export interface ChangeListener {
  changed(changes: readonly Change[]): void
  /** Notices may have been lost: what is watched should be read again. */
  gap(): void
}

/**
 * Tells every replica which batches changed. A notice may be lost or come twice, never is it the only way to learn of a
 * change: whoever watches a batch also reads its revision again every few seconds. Both sides pass
 * `test/shared/store/changes/contract.ts`.
 */
export interface ChangeFeed {
  /** Never rejects and never waits for a reader: facts must not be held up by who looks at them. */
  publish(changes: readonly Change[]): void
  /** Every change published from now on, as far as the engine is there. The answer ends it. */
  subscribe(listener: ChangeListener): () => Promise<void>
}
