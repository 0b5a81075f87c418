import type { StreamMetrics, Transport } from '../../shared/telemetry/stream-metrics.ts'
import type { User } from '../env.ts'
import type { Owners } from '../owners.ts'
import type { Later } from './coalescer.ts'
import { holdFrame, liveFrame } from './frames.ts'
import type { Hub } from './hub.ts'
import { createOutbox } from './outbox.ts'
import type { Snapshot } from './snapshot.ts'
import type { Stream, Streams } from './streams.ts'

export interface OpenBatchDeps {
  readonly hub: Pick<Hub, 'watch'>
  readonly streams: Pick<Streams, 'open' | 'draining'>
  readonly owners: Owners
  /** A batch that the conductor does not know yet, as its registration says. Rejects when there is none. */
  readonly registered: (batchId: string, correlationId: string) => Promise<Snapshot>
  readonly metrics: Pick<StreamMetrics, 'coalesced'>
  readonly later: Later
}

export interface OpenBatchInput {
  readonly batchId: string
  readonly user: User
  /** When the sign-in ends, milliseconds since 1970. */
  readonly until: number
  readonly correlationId: string
  /** The revision that the client has. */
  readonly after: number | undefined
  readonly transport: Transport
}

/** Milliseconds that the first look at a batch may take before the stream opens without it. */
const FIRST_LOOK_MS = 3_000

/**
 * Opens a stream of one batch, not attached to its reader yet: whoever may not see the batch is refused with a problem,
 * which a stream that has begun cannot say any more.
 */
export const createOpenBatch =
  ({ hub, streams, owners, registered, metrics, later }: OpenBatchDeps) =>
  async ({ batchId, user, until, correlationId, after, transport }: OpenBatchInput): Promise<Stream> => {
    const outbox = createOutbox({ after, replaced: () => metrics.coalesced(1) })
    // A refusal would end an EventSource for good; a stream that ends sends it elsewhere, and shows nothing.
    if (streams.draining()) return streams.open({ userId: user.userId, until, transport, outbox, closed() {} })
    const first = Promise.withResolvers<Snapshot | 'unknown' | 'held'>()
    let stream: Stream | undefined
    const end = hub.watch(batchId, {
      snapshot(snapshot) {
        outbox.offer(snapshot)
        first.resolve(snapshot)
        stream?.pump()
      },
      hold(reason) {
        outbox.note(batchId, holdFrame(batchId, reason))
        first.resolve('held')
        stream?.pump()
      },
      live(revision) {
        outbox.note(batchId, liveFrame(batchId, revision))
        stream?.pump()
      },
      unknown: () => first.resolve('unknown'),
    })
    const cancel = later(FIRST_LOOK_MS, () => first.resolve('held'))
    try {
      stream = streams.open({ userId: user.userId, until, transport, outbox, closed: end })
      const seen = await first.promise
      const snapshot = seen === 'unknown' ? await registered(batchId, correlationId) : seen
      if (snapshot !== 'held') owners.learn(batchId, snapshot.owner)
      await owners.require(batchId, user, correlationId)
      if (snapshot !== 'held') {
        outbox.offer(snapshot)
        // Who has the newest state already is told that it is the newest.
        if (!outbox.waits()) outbox.note(batchId, liveFrame(batchId, snapshot.revision))
      }
      return stream
    } catch (thrown) {
      stream?.close()
      end()
      throw thrown
    } finally {
      cancel()
    }
  }
