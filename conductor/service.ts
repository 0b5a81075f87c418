import { asError } from '../shared/errors.ts'
import type { AppDeps } from '../shared/http/ports.ts'
import type { EventLog } from '../shared/log/port.ts'
import { stateExpiryMsOf } from '../shared/log/topic-specs.ts'
import type { Catalog } from '../shared/pipelines/catalog.ts'
import { sleep } from '../shared/retry.ts'
import type { MarkerStore } from '../shared/store/marker/port.ts'
import type { Metrics } from '../shared/telemetry/metrics.ts'
import { createConductorApp } from './app.ts'
import { createArchiving } from './archive/archiving.ts'
import type { ArchiveStore } from './archive/port.ts'
import { withArchive } from './archive/with-archive.ts'
import { type ConductorConfig, MAX_BODY_BYTES } from './config.ts'
import { consumeFacts } from './consumer.ts'
import { consumeLetters, LETTER_BUCKETS, LETTER_TOPICS, LETTERS_GROUP } from './dead-letters/consumer.ts'
import type { DeadLetterStore } from './dead-letters/port.ts'
import { createKeptConsumer } from './kept-consumer.ts'
import { completeOwned } from './owned/complete.ts'
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
  const unapplied = createUnapplied()
  metrics.conductor.unapplied(() => unapplied.ages(facts.lag(), clock()))

  const kept = { log, markers, logger, metrics, everyMs: deps.markerEveryMs }
  const facts = createKeptConsumer({
    ...kept,
    group: FACTS_GROUP,
    topics: PROJECTED_TOPICS,
    consume: (writes) =>
      consumeFacts({
        ...{ ...deps, group: FACTS_GROUP, writes, unapplied },
        ...{ metrics: metrics.conductor, processorMetrics: metrics.processor },
      }),
  })
  const letters = createKeptConsumer({
    ...kept,
    group: LETTERS_GROUP,
    topics: LETTER_TOPICS,
    buckets: LETTER_BUCKETS,
    consume: (writes) => consumeLetters({ log, store: deps.deadLetters, logger, writes }),
  })

  /** Rejects until this member owns its share of the partitions. */
  const checkConsumer = async (): Promise<readonly string[]> => {
    if (!facts.ready()) throw new Error('the consumer has not joined its group')
    return []
  }
  const checkStore = async (): Promise<readonly string[]> => {
    await store.ping()
    const ofLetters = letters.problems().map((problem) => `dead letters: ${problem}`)
    return [...(await storeWarnings()), ...facts.problems(), ...ofLetters]
  }

  const { archive } = deps
  const expiryMs = stateExpiryMsOf(config)
  const archiving =
    archive &&
    createArchiving({
      ...{ log, store, archive, owned: deps.owned, logger, metrics, expiryMs },
      waitLimitMs: config.CATCH_UP_WAIT_MS,
    })

  const app = createConductorApp({
    ...deps,
    store: archive ? withArchive(store, archive, { expiryMs, clock }) : store,
    owned: completeOwned(deps.owned, (bucket) => markers.isComplete(FACTS_GROUP, bucket)),
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

  return {
    app,
    /** Starts to project; the topics must exist. */
    async start(): Promise<void> {
      // A store that is away now is no reason not to start: readiness says so, and partitions are held until it is back.
      const warnings = await storeWarnings().catch((thrown) => [`it cannot be reached: ${asError(thrown).message}`])
      for (const warning of warnings) logger.warn({ warning }, 'the store is not what state needs')
      await Promise.all([facts.start(), letters.start(), archiving?.start()])
    },
    /** Finishes what is in hand, writes down how far that is, and commits it. */
    async stop(): Promise<void> {
      await Promise.all([facts.stop(), letters.stop(), archiving?.stop()])
    },
    /** True once records are being projected. */
    ready: facts.ready,
  }
}
