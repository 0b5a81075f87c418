import type { StreamMetrics } from '../../shared/telemetry/stream-metrics.ts'
import { holdFrame, liveFrame } from './frames.ts'
import type { Hub } from './hub.ts'
import type { Lists } from './lists.ts'
import type { OpenBatchInput } from './open-batch.ts'
import { createOutbox } from './outbox.ts'
import type { Stream, Streams } from './streams.ts'

export interface OpenAllDeps {
  readonly hub: Pick<Hub, 'watch'>
  readonly lists: Pick<Lists, 'watch'>
  readonly streams: Pick<Streams, 'open' | 'draining'>
  readonly metrics: Pick<StreamMetrics, 'coalesced'>
}

export type OpenAllInput = Pick<OpenBatchInput, 'user' | 'until' | 'transport'>

/** Batches that one stream follows: the newest when it opens, and those that are registered later in place of the oldest. */
export const MAX_BATCHES = 100

/** Opens a stream of all the caller's batches, each as on a stream of its own. */
export const createOpenAll =
  ({ hub, lists, streams, metrics }: OpenAllDeps) =>
  async ({ user, until, transport }: OpenAllInput): Promise<Stream> => {
    const outbox = createOutbox({ after: undefined, replaced: () => metrics.coalesced(1) })
    const watched = new Map<string, () => void>()
    let leave: (() => void) | undefined
    const close = (): void => {
      leave?.()
      for (const end of watched.values()) end()
    }
    const stream = streams.open({ userId: user.userId, until, transport, outbox, closed: close })
    if (streams.draining()) return stream

    const follow = (batchId: string): void => {
      const end = hub.watch(batchId, {
        snapshot(snapshot) {
          if (snapshot.owner.user_id === user.userId) outbox.offer(snapshot)
          stream.pump()
        },
        hold(reason) {
          outbox.note(batchId, holdFrame(batchId, reason))
          stream.pump()
        },
        live(revision) {
          outbox.note(batchId, liveFrame(batchId, revision))
          stream.pump()
        },
        unknown() {},
      })
      watched.set(batchId, end)
      const [oldest] = watched
      if (watched.size <= MAX_BATCHES || !oldest) return
      oldest[1]()
      watched.delete(oldest[0])
    }
    try {
      leave = await lists.watch(user.userId, follow)
      return stream
    } catch (thrown) {
      stream.close()
      throw thrown
    }
  }
