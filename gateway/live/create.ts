import { randomId } from '../../shared/ids.ts'
import type { ChangeFeed } from '../../shared/store/changes/port.ts'
import type { Logger } from '../../shared/telemetry/logger-port.ts'
import type { StreamMetrics } from '../../shared/telemetry/stream-metrics.ts'
import type { Tracer } from '../../shared/telemetry/trace.ts'
import { noSuchBatch, type Owners } from '../owners.ts'
import type { ConductorPort, OrchestratorPort } from '../ports.ts'
import { later } from './coalescer.ts'
import { createDeliveryTrace } from './delivery-trace.ts'
import { createHub } from './hub.ts'
import { createLists } from './lists.ts'
import { createOpenAll, MAX_BATCHES, type OpenAllInput } from './open-all.ts'
import { createOpenBatch, type OpenBatchInput } from './open-batch.ts'
import { justRegistered } from './registered.ts'
import { createRequestWait } from './request-wait.ts'
import { createSnapshot, type Snapshot } from './snapshot.ts'
import { createStreams, type Stream } from './streams.ts'

export interface LiveSettings {
  readonly STREAM_HEARTBEAT_MS: number
  readonly STREAM_REREAD_MS: number
  readonly STREAM_STALL_MS: number
  readonly STREAMS_MAX: number
  readonly STREAMS_PER_USER: number
}

export interface LiveDeps {
  readonly settings: LiveSettings
  readonly feed: Pick<ChangeFeed, 'subscribe'>
  readonly conductor: Pick<ConductorPort, 'newer' | 'batches'>
  readonly orchestrator: Pick<OrchestratorPort, 'owner'>
  readonly owners: Owners
  readonly metrics: StreamMetrics
  readonly logger: Logger
  /** Records the delivery of changes; default none. */
  readonly tracer?: Tracer | undefined
  /** Milliseconds since 1970. */
  readonly clock: () => number
}

/** All that is live in a gateway. */
export interface Live {
  /** A stream of one batch, to be attached to its reader. Rejects with the problem to answer. */
  openBatch(input: OpenBatchInput): Promise<Stream>
  /** The same of all the caller's batches. */
  openAll(input: OpenAllInput): Promise<Stream>
  /** Resolves when the request stands in the batch's status, or when so many milliseconds are over. */
  requestStands(batchId: string, correlationId: string, limitMs: number): Promise<void>
  start(): void
  /** Ends every stream with a last frame, so that clients go elsewhere. */
  drain(): Promise<void>
}

/** Milliseconds: only a registration whose notice was lost waits for it. */
const LIST_REREAD_MS = 10_000

export const createLive = (deps: LiveDeps): Live => {
  const { settings, feed, conductor, orchestrator, owners, metrics, logger, clock } = deps
  const hub = createHub({
    newer: (asked) => conductor.newer(asked),
    logger,
    coalesced: metrics.coalesced,
    clock: () => performance.now(),
    later,
    rereadMs: settings.STREAM_REREAD_MS,
  })
  const lists = createLists({
    newest: async (userId) =>
      (await conductor.batches({ user_id: userId, limit: MAX_BATCHES }, randomId())).batches.map((one) => one.batch_id),
    ...{ logger, later, rereadMs: LIST_REREAD_MS },
  })
  const streams = createStreams({
    metrics,
    delivered: deps.tracer && createDeliveryTrace(deps.tracer, clock),
    clock,
    later,
    heartbeatMs: settings.STREAM_HEARTBEAT_MS,
    stallMs: settings.STREAM_STALL_MS,
    maxStreams: settings.STREAMS_MAX,
    maxStreamsPerUser: settings.STREAMS_PER_USER,
  })
  const registered = async (batchId: string, correlationId: string): Promise<Snapshot> => {
    const registration = await orchestrator.owner(batchId, correlationId)
    if (!registration) throw noSuchBatch()
    const { essays, essays_truncated, ...details } = justRegistered(registration)
    return createSnapshot(registration, { status: details.overall_status, details: { ...details, run: null } })
  }

  let leave: (() => Promise<void>) | undefined

  return {
    openBatch: createOpenBatch({ hub, streams, owners, registered, metrics, later }),
    openAll: createOpenAll({ hub, lists, streams, metrics }),
    requestStands: createRequestWait({ hub, later }),
    start() {
      leave = feed.subscribe({
        changed(changes) {
          hub.changed(changes)
          lists.changed(changes)
        },
        gap: () => hub.gap(),
      })
      hub.start()
      lists.start()
      streams.start()
    },
    async drain() {
      await streams.drain()
      hub.stop()
      lists.stop()
      await leave?.()
    },
  }
}
