import { asError } from '../shared/errors.ts'
import type { AppDeps } from '../shared/http/ports.ts'
import type { EventLog, Subscription } from '../shared/log/port.ts'
import { stateExpiryMsOf } from '../shared/log/topic-specs.ts'
import type { Catalog } from '../shared/pipelines/catalog.ts'
import { sleep } from '../shared/retry.ts'
import { createMarkerKeeper, type MarkerKeeper } from '../shared/store/marker/keeper.ts'
import type { MarkerStore } from '../shared/store/marker/port.ts'
import { createWriteCounts } from '../shared/store/marker/write-counts.ts'
import type { Metrics } from '../shared/telemetry/metrics.ts'
import { createConductorApp } from './app.ts'
import { createArchiving } from './archive/archiving.ts'
import type { ArchiveStore } from './archive/port.ts'
import { withArchive } from './archive/with-archive.ts'
import { type ConductorConfig, MAX_BODY_BYTES } from './config.ts'
import { consumeFacts } from './consumer.ts'
import { createLetterIndexing } from './dead-letters/indexing.ts'
import type { DeadLetterStore } from './dead-letters/port.ts'
import type { OwnedIndex } from './owned/port.ts'
import { PROJECTED_TOPICS } from './projections/index.ts'
import type { BatchStore } from './state/port.ts'
import { createUnapplied } from './unapplied.ts'

/** The consumer group that projects facts; markers and stores name it too. */
export const FACTS_GROUP = 'baton-conductor-facts'

export interface ConductorDeps extends Pick<AppDeps, 'logger' | 'context'> {
  readonly config: Pick<ConductorConfig, 'CATCH_UP_WAIT_MS' | 'SLOW_REQUEST_MS' | 'ENVIRONMENT' | 'STATE_EXPIRY_DAYS'>
  readonly version: string
  readonly log: EventLog
  readonly store: BatchStore
  readonly owned: OwnedIndex
  readonly deadLetters: DeadLetterStore
  /** Where batches are kept beyond their state's expiry; undefined where there is no database. */
  readonly archive?: ArchiveStore | undefined
  readonly markers: MarkerStore
  /** What is wrong with the store's engine as a home for state; empty when nothing is. */
  readonly storeWarnings: () => Promise<readonly string[]>
  readonly catalog: Catalog
  readonly metrics: Metrics
  readonly internalKeys: readonly string[] | undefined
  /** Milliseconds since 1970; default the machine's clock. */
  readonly clock?: () => number
  /** Milliseconds between two looks at the markers; default 1,000. */
  readonly markerEveryMs?: number
}

/** The conductor, put together from its connections. */
export const createConductor = (deps: ConductorDeps) => {
  const { config, log, store, markers, storeWarnings, logger, metrics, clock = Date.now } = deps
  let subscription: Subscription | undefined
  let keeper: MarkerKeeper | undefined
  const writes = createWriteCounts()
  const unapplied = createUnapplied()
  metrics.conductor.unapplied(() => unapplied.ages(subscription?.lag() ?? [], clock()))

  const { deadLetters, markerEveryMs: everyMs } = deps
  const letters = createLetterIndexing({ log, store: deadLetters, markers, logger, metrics, everyMs })

  /** Rejects until this member owns its share of the partitions. */
  const checkConsumer = async (): Promise<readonly string[]> => {
    if (!subscription?.ready()) throw new Error('the consumer has not joined its group')
    return []
  }
  const checkStore = async (): Promise<readonly string[]> => {
    await store.ping()
    return [...(await storeWarnings()), ...(keeper?.problems() ?? []), ...letters.problems()]
  }

  const { archive } = deps
  const expiryMs = stateExpiryMsOf(config)
  const archiving =
    archive && createArchiving({ log, store, archive, logger, metrics, expiryMs, waitLimitMs: config.CATCH_UP_WAIT_MS })

  const app = createConductorApp({
    ...deps,
    store: archive ? withArchive(store, archive, { expiryMs, clock }) : store,
    clock,
    sleep,
    slowMs: config.SLOW_REQUEST_MS,
    maxBodyBytes: MAX_BODY_BYTES,
    waitLimitMs: config.CATCH_UP_WAIT_MS,
    health: {
      version: deps.version,
      environment: config.ENVIRONMENT,
      checks: [
        { name: 'log', check: () => log.ping().then(() => undefined) },
        { name: 'store', check: checkStore },
        { name: 'consumer', check: checkConsumer },
        ...(archiving ? [{ name: 'archive', check: archiving.check }] : []),
      ],
      exposition: metrics.exposition,
    },
  })

  const startFacts = async (): Promise<void> => {
    const joined = await consumeFacts({
      ...deps,
      metrics: metrics.conductor,
      processorMetrics: metrics.processor,
      group: FACTS_GROUP,
      writes,
      unapplied,
    })
    subscription = joined
    metrics.lag(FACTS_GROUP, joined.lag)
    keeper = createMarkerKeeper({
      markers,
      subscription: joined,
      log,
      topics: PROJECTED_TOPICS,
      group: FACTS_GROUP,
      writes,
      logger,
      metrics: metrics.marker,
      ...(everyMs === undefined ? {} : { everyMs }),
    })
    await keeper.start()
  }

  return {
    app,
    /** Starts to project; the topics must exist. */
    async start(): Promise<void> {
      // A store that is away now is no reason not to start: readiness says so, and partitions are held until it is back.
      const warnings = await storeWarnings().catch((thrown) => [`it cannot be reached: ${asError(thrown).message}`])
      for (const warning of warnings) logger.warn({ warning }, 'the store is not what state needs')
      await Promise.all([startFacts(), letters.start(), archiving?.start()])
    },
    /** Finishes what is in hand, writes down how far that is, and commits it. */
    async stop(): Promise<void> {
      const lastLook = () => keeper?.look().catch(() => {}) ?? Promise.resolve()
      await Promise.all([subscription?.stop(lastLook), letters.stop(), archiving?.stop()])
      await keeper?.stop()
    },
    /** True once records are being projected. */
    ready: (): boolean => subscription?.ready() ?? false,
  }
}
