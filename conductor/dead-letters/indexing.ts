import type { EventLog, Subscription } from '../../shared/log/port.ts'
import { createMarkerKeeper, type MarkerKeeper } from '../../shared/store/marker/keeper.ts'
import type { MarkerStore } from '../../shared/store/marker/port.ts'
import { createWriteCounts } from '../../shared/store/marker/write-counts.ts'
import type { Logger } from '../../shared/telemetry/logger-port.ts'
import type { Metrics } from '../../shared/telemetry/metrics.ts'
import { consumeLetters, LETTER_BUCKETS, LETTER_TOPICS, LETTERS_GROUP } from './consumer.ts'
import type { DeadLetterStore } from './port.ts'

export interface IndexingDeps {
  readonly log: Pick<EventLog, 'consume' | 'partitions'>
  readonly store: DeadLetterStore
  readonly markers: MarkerStore
  readonly logger: Logger
  readonly metrics: Pick<Metrics, 'lag' | 'marker'>
  /** Milliseconds between two looks at the markers; default 1,000. */
  readonly everyMs?: number | undefined
}

/**
 * Keeps the index of dead letters in step with the log. An index that lost letters or verdicts takes them from the log again
 * by itself, and nobody is shown a part of it meanwhile (invariant 13).
 */
export const createLetterIndexing = ({ log, store, markers, logger, metrics, everyMs }: IndexingDeps) => {
  let subscription: Subscription | undefined
  let keeper: MarkerKeeper | undefined

  return {
    /** Starts to index; the topics must exist. */
    async start(): Promise<void> {
      const writes = createWriteCounts()
      const joined = await consumeLetters({ log, store, logger, writes })
      subscription = joined
      metrics.lag(LETTERS_GROUP, joined.lag)
      keeper = createMarkerKeeper({
        markers,
        subscription: joined,
        log,
        topics: LETTER_TOPICS,
        group: LETTERS_GROUP,
        buckets: LETTER_BUCKETS,
        writes,
        logger,
        metrics: metrics.marker,
        ...(everyMs === undefined ? {} : { everyMs }),
      })
      await keeper.start()
    },
    /** Finishes what is in hand, writes down how far that is, and commits it. */
    async stop(): Promise<void> {
      await subscription?.stop(() => keeper?.look().catch(() => {}) ?? Promise.resolve())
      await keeper?.stop()
    },
    /** What the index does not hold yet, for readiness; empty when it holds all. */
    problems: (): readonly string[] => (keeper?.problems() ?? []).map((problem) => `dead letters: ${problem}`),
  }
}
