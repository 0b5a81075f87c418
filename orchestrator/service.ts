import { asError } from '../shared/errors.ts'
import { createJsonClient, type Fetch } from '../shared/http/client.ts'
import type { AppDeps } from '../shared/http/ports.ts'
import { createResilience } from '../shared/http/resilience.ts'
import { randomId } from '../shared/ids.ts'
import type { EventLog, Subscription } from '../shared/log/port.ts'
import { maxMessageBytesFor, stateExpiryMsOf } from '../shared/log/topic-specs.ts'
import type { Catalog } from '../shared/pipelines/catalog.ts'
import type { MarkerStore } from '../shared/store/marker/port.ts'
import { createMarkerWriter, type MarkerWriter } from '../shared/store/marker/writer.ts'
import type { Metrics } from '../shared/telemetry/metrics.ts'
import { createOrchestratorApp } from './app.ts'
import { createBookArchiving } from './archive/archiving.ts'
import type { BookArchive } from './archive/store.ts'
import { checksOf } from './checks.ts'
import { builderLookup } from './commands/index.ts'
import { createConductorClient } from './conductor-client.ts'
import { maxBodyBytes, type OrchestratorConfig } from './config.ts'
import { consumeRuns } from './consumers/index.ts'
import { createCheckCredits } from './credits.ts'
import { createRenderer } from './messages/render.ts'
import { createOutboxPublisher } from './outbox.ts'
import { createPauses } from './pauses/follow.ts'
import { createPlanner } from './planning.ts'
import { createRestore } from './restore.ts'
import type { RunStore } from './runs/port.ts'
import { createSettle } from './settle.ts'
import { maxRequestBytes } from './sizes.ts'
import { createSweeper } from './sweeper.ts'
import { createWaiting } from './waiting.ts'

/** The consumer group that moves runs on; its markers are named after it. */
export const RUNS_GROUP = 'baton-orchestrator-runs'

export interface OrchestratorDeps extends Pick<AppDeps, 'logger' | 'context'> {
  readonly config: Pick<
    OrchestratorConfig,
    | 'READY_WAIT_SECONDS'
    | 'REQUEST_MAX_AGE'
    | 'ENTITLEMENTS_URL'
    | 'SLOW_REQUEST_MS'
    | 'ENVIRONMENT'
    | 'MAX_BATCH_ESSAYS'
    | 'CONDUCTOR_URL'
    | 'STATE_EXPIRY_DAYS'
  >
  readonly version: string
  readonly log: EventLog
  readonly store: RunStore
  /** Where books go that nothing was heard of for long; undefined: they stay. */
  readonly archive?: BookArchive | undefined
  readonly markers: MarkerStore
  /** What is wrong with the store's engine as a home for state; empty when nothing is. */
  readonly storeWarnings: () => Promise<readonly string[]>
  readonly catalog: Catalog
  readonly metrics: Metrics
  readonly internalKeys: readonly string[] | undefined
  readonly internalKey: string | undefined
  /** How to reach the conductor; the embedded process calls it directly. */
  readonly reachConductor: Fetch
  /** How to reach the entitlements service; only asked where it is configured. */
  readonly reachEntitlements: Fetch
  /** Milliseconds between two sweeps, and between two writes of the markers; default 1,000 each. */
  readonly sweepEveryMs?: number
  readonly markerEveryMs?: number
}

/** The orchestrator, put together from its connections. Throws a CatalogError for a phase whose command is unknown. */
export const createOrchestrator = (deps: OrchestratorDeps) => {
  const { config, log, markers, storeWarnings, catalog, logger, metrics, context } = deps
  const archiving = createBookArchiving({
    ...{ store: deps.store, archive: deps.archive, expiryMs: stateExpiryMsOf(config) },
    ...{ logger, metrics: metrics.orchestrator },
  })
  const { store } = archiving
  const render = createRenderer(builderLookup(catalog))
  const maxMessageBytes = maxMessageBytesFor(config.MAX_BATCH_ESSAYS)
  const publish = createOutboxPublisher({ log, store, render, logger })
  const conductor = createConductorClient(
    createJsonClient({
      target: 'conductor',
      baseUrl: config.CONDUCTOR_URL,
      fetch: deps.reachConductor,
      serviceId: 'batch-orchestrator-service',
      internalKey: deps.internalKey,
      traceparent: deps.context.traceparent,
    }),
    createResilience({ source: 'conductor', metrics: metrics.orchestrator }),
  )
  const checkCredits = createCheckCredits({
    url: config.ENTITLEMENTS_URL,
    fetch: deps.reachEntitlements,
    guarded: createResilience({ source: 'entitlements', metrics: metrics.orchestrator }),
    catalog,
  })
  const planner = createPlanner({
    ...{ conductor, catalog, checkCredits, maxMessageBytes },
    knownWaitMs: config.READY_WAIT_SECONDS * 1_000,
  })
  const settle = createSettle({ store, publish, plan: planner.planPending, logger, metrics: metrics.orchestrator })
  const pauses = createPauses({ log, store, logger })
  const sweeper = createSweeper({
    store,
    publish,
    settle,
    restore: createRestore({ log, store, archived: archiving.archived, logger }),
    pauses,
    logger,
    metrics: metrics.orchestrator,
    owner: randomId(),
    ...(deps.sweepEveryMs === undefined ? {} : { everyMs: deps.sweepEveryMs }),
  })
  let subscription: Subscription | undefined
  let writer: MarkerWriter | undefined
  const ready = () => subscription?.ready() ?? false
  const warnings = async () => [...(await storeWarnings()), ...(writer?.problems() ?? [])]

  const waiting = createWaiting({ store, clock: Date.now })
  metrics.orchestrator.waiting(waiting.counts)
  const app = createOrchestratorApp({
    ...deps,
    store,
    publish,
    settle,
    planner,
    checkCredits,
    waiting,
    readyWaitMs: config.READY_WAIT_SECONDS * 1_000,
    requestMaxAgeMs: config.REQUEST_MAX_AGE * 1_000,
    maxRequestBytes: maxRequestBytes(config.MAX_BATCH_ESSAYS),
    clock: Date.now,
    maxMessageBytes,
    maxBatchEssays: config.MAX_BATCH_ESSAYS,
    slowMs: config.SLOW_REQUEST_MS,
    maxBodyBytes: maxBodyBytes(config.MAX_BATCH_ESSAYS),
    metrics: metrics.http,
    health: {
      version: deps.version,
      environment: config.ENVIRONMENT,
      checks: [...checksOf({ log, store, warnings, ready }), ...archiving.checks],
      exposition: metrics.exposition,
    },
  })

  return {
    app,
    /** Starts to move runs on; the topics must exist. */
    async start(): Promise<void> {
      // A store that is away now is no reason not to start: readiness says so, and partitions are held until it is back.
      const warnings = await storeWarnings().catch((thrown) => [`it cannot be reached: ${asError(thrown).message}`])
      for (const warning of warnings) logger.warn({ warning }, 'the store is not what state needs')
      // A store that was lost is restored first; one that is away is restored once it is back.
      await sweeper.sweep().catch((thrown) => logger.warn({ err: asError(thrown).message }, 'sweep failed'))
      sweeper.start()
      const runs = consumeRuns({
        store,
        log,
        settle,
        logger,
        context,
        processorMetrics: metrics.processor,
        group: RUNS_GROUP,
        readyWaitMs: config.READY_WAIT_SECONDS * 1_000,
        requestMaxAgeMs: config.REQUEST_MAX_AGE * 1_000,
        maxRequestBytes: maxRequestBytes(config.MAX_BATCH_ESSAYS),
        maxMessageBytes,
      })
      const [joined] = await Promise.all([runs, pauses.follow()])
      subscription = joined
      metrics.lag(RUNS_GROUP, joined.lag)
      writer = createMarkerWriter({
        markers,
        subscription: joined,
        group: RUNS_GROUP,
        logger,
        metrics: metrics.marker,
        onLost: store.forget,
        ...(deps.markerEveryMs === undefined ? {} : { everyMs: deps.markerEveryMs }),
      })
      await writer.start()
      archiving.start()
    },
    /** Finishes and commits what is in hand. */
    async stop(): Promise<void> {
      await subscription?.stop()
      await sweeper.stop()
      await Promise.all([pauses.stop(), archiving.stop()])
      await writer?.stop()
    },
    ready,
  }
}
