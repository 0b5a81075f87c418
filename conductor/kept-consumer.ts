import type { EventLog, Subscription } from '../shared/log/port.ts'
import { createMarkerKeeper, type MarkerKeeper } from '../shared/store/marker/keeper.ts'
import type { MarkerStore } from '../shared/store/marker/port.ts'
import { createWriteCounts, type WriteCounts } from '../shared/store/marker/write-counts.ts'
import type { Logger } from '../shared/telemetry/logger-port.ts'
import type { Metrics } from '../shared/telemetry/metrics.ts'

export interface KeptConsumerDeps {
  readonly log: Pick<EventLog, 'partitions'>
  readonly markers: MarkerStore
  readonly logger: Logger
  readonly metrics: Pick<Metrics, 'lag' | 'marker'>
  readonly group: string
  readonly topics: readonly string[]
  /** The buckets into which the group writes; default all. */
  readonly buckets?: readonly number[]
  /** Milliseconds between two looks at the markers; default 1,000. */
  readonly everyMs?: number | undefined
  /** Joins the group; its offsets follow the markers (`commit: 'asked'`). */
  readonly consume: (writes: WriteCounts) => Promise<Subscription>
}

/** A consumer whose state in the store heals by itself: what the store loses is consumed again (invariant 13). */
export const createKeptConsumer = (deps: KeptConsumerDeps) => {
  const { log, markers, logger, metrics, group, topics, buckets, everyMs, consume } = deps
  const writes = createWriteCounts()
  let subscription: Subscription | undefined
  let keeper: MarkerKeeper | undefined

  return {
    /** Starts to consume; the topics must exist. */
    async start(): Promise<void> {
      const joined = await consume(writes)
      subscription = joined
      metrics.lag(group, joined.lag)
      keeper = createMarkerKeeper({
        ...{ markers, subscription: joined, log, topics, group, writes, logger, metrics: metrics.marker },
        ...(buckets === undefined ? {} : { buckets }),
        ...(everyMs === undefined ? {} : { everyMs }),
      })
      await keeper.start()
    },
    /** Finishes what is in hand, writes down how far that is, and commits it. */
    async stop(): Promise<void> {
      await subscription?.stop(() => keeper?.look().catch(() => {}) ?? Promise.resolve())
      await keeper?.stop()
    },
    /** True once records are being consumed. */
    ready: (): boolean => subscription?.ready() ?? false,
    lag: (): ReturnType<Subscription['lag']> => subscription?.lag() ?? [],
    /** What the state does not hold yet, for readiness; empty when it holds all. */
    problems: (): readonly string[] => keeper?.problems() ?? [],
  }
}
