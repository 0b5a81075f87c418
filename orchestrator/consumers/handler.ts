import type { Received } from '../../shared/contracts/receive.ts'
import type { Topic } from '../../shared/contracts/topics.ts'
import type { BatchId } from '../../shared/ids.ts'
import type { AppliedPosition, RunStore, Transitioned } from '../runs/port.ts'

export interface HandlerDeps {
  readonly store: RunStore
  /** Milliseconds that a request may wait for content. */
  readonly readyWaitMs: number
  /** Bytes that a message may have. */
  readonly maxMessageBytes: number
  /** Bytes of a request's data that are kept. */
  readonly maxRequestBytes: number
  /** Milliseconds after which a request that has no run is refused. */
  readonly requestMaxAgeMs: number
}

/** Turns one kind of event into its transition. */
export type Handler<T extends Topic> = (
  received: Received<T>,
  batchId: BatchId,
  deps: HandlerDeps,
) => Promise<Transitioned>

export const positionOf = ({ position: { topic, partition, offset } }: Received): AppliedPosition => ({
  place: `${topic}|${partition}`,
  offset,
})
