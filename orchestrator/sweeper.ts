import { BUCKETS } from '../shared/buckets.ts'
import { asError, PassingError } from '../shared/errors.ts'
import { createLoop } from '../shared/loop.ts'
import type { Logger } from '../shared/telemetry/logger-port.ts'
import type { OrchestratorMetrics } from '../shared/telemetry/metrics.ts'
import type { PublishOutbox } from './outbox.ts'
import type { Pauses } from './pauses/follow.ts'
import type { RestoreBuckets } from './restore.ts'
import type { DueTimer, RunStore } from './runs/port.ts'
import type { Settle } from './settle.ts'

export interface SweeperDeps {
  readonly store: RunStore
  readonly publish: PublishOutbox
  readonly settle: Settle
  readonly restore: RestoreBuckets
  readonly pauses: Pick<Pauses, 'apply'>
  readonly logger: Logger
  readonly metrics: Pick<OrchestratorMetrics, 'swept'>
  /** Names this process in the leases. */
  readonly owner: string
  /** Milliseconds between two sweeps; default 1,000. */
  readonly everyMs?: number
  /** Milliseconds after which a sweeper that died is replaced; default 5,000. */
  readonly leaseMs?: number
}

export interface Sweeper {
  /** One sweep of all buckets that nobody else sweeps. */
  sweep(): Promise<void>
  start(): void
  stop(): Promise<void>
}

const ALL = Array.from({ length: BUCKETS }, (_, bucket) => bucket)
/** Timers of one bucket that one sweep takes; the next takes more. */
const PER_BUCKET = 100

/**
 * Publishes what a crash left in the outbox, ends waits and attempts whose time has come, moves on what was held, sees to
 * it that what is paused is, and has lost buckets restored. Several replicas sweep side by side.
 */
export const createSweeper = (deps: SweeperDeps): Sweeper => {
  const { store, publish, settle, restore, pauses, logger, metrics, owner } = deps
  const { everyMs = 1_000, leaseMs = 5_000 } = deps
  const ending = new AbortController()

  const handle: Readonly<Record<DueTimer['kind'], (batchId: DueTimer['batchId']) => Promise<void>>> = {
    async outbox(batchId) {
      const found = await store.read(batchId)
      if (!found || found.entries.length === 0) return
      await publish(batchId, found)
      metrics.swept(found.entries.length)
    },
    async wait(batchId) {
      await settle(batchId, await store.expire(batchId))
    },
    async deadline(batchId) {
      await settle(batchId, await store.timeout(batchId))
    },
    async held(batchId) {
      await settle(batchId, await store.moveOn(batchId))
    },
  }

  /** Gives whether the bucket is lost. */
  const sweepBucket = async (bucket: number): Promise<boolean> => {
    const { lost, timers } = await store.due(bucket, owner, leaseMs, PER_BUCKET)
    for (const { kind, batchId } of timers) {
      if (ending.signal.aborted) return lost
      try {
        await handle[kind](batchId)
      } catch (thrown) {
        // The timer stays, so the next sweep tries again.
        const line = { batch_id: batchId, kind, err: asError(thrown).message }
        if (thrown instanceof PassingError) logger.warn(line, 'not swept')
        else logger.error(line, 'not swept')
      }
    }
    return lost
  }

  const sweep = async (): Promise<void> => {
    // First of all: whatever has been lost of it, no run may pass a paused phase.
    await pauses.apply()
    const isLost = await Promise.all(ALL.map(sweepBucket))
    const lost = ALL.filter((bucket) => isLost[bucket])
    if (lost.length > 0) await restore(lost, ending.signal)
  }

  const loop = createLoop({
    work: () => sweep().catch((thrown) => logger.warn({ err: asError(thrown).message }, 'sweep failed')),
    pauseMs: () => everyMs,
  })

  return {
    sweep,
    start: () => void loop.start(),
    stop() {
      ending.abort()
      return loop.stop()
    },
  }
}
