import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { createArchiveStore } from '../conductor/archive/store.ts'
import { LETTERS_GROUP } from '../conductor/dead-letters/consumer.ts'
import { createEmbeddedDeadLetters } from '../conductor/dead-letters/embedded.ts'
import { createEmbeddedOwnedIndex } from '../conductor/owned/embedded.ts'
import { createConductor, FACTS_GROUP } from '../conductor/service.ts'
import { announced } from '../conductor/state/announced.ts'
import { createEmbeddedBatchStore } from '../conductor/state/embedded.ts'
import { openAudit } from '../gateway/audit/file.ts'
import { auditTopics } from '../gateway/audit/topic.ts'
import { createEmbeddedIdempotencyStore } from '../gateway/idempotency/embedded.ts'
import { createGateway } from '../gateway/service.ts'
import { createLocalTicketStore } from '../gateway/tickets/local.ts'
import { createBookArchive } from '../orchestrator/archive/store.ts'
import { createEmbeddedRunStore } from '../orchestrator/runs/embedded.ts'
import { createOrchestrator } from '../orchestrator/service.ts'
import type { Upgrade } from '../shared/http/sockets.ts'
import type { Lifecycle } from '../shared/lifecycle.ts'
import { createEmbeddedLog } from '../shared/log/embedded/log.ts'
import { retentionMsOf, topicSpecsOf } from '../shared/log/topic-specs.ts'
import type { Catalog } from '../shared/pipelines/catalog.ts'
import { createEmbeddedChangeFeed } from '../shared/store/changes/embedded.ts'
import { createEmbeddedMarkers } from '../shared/store/marker/embedded.ts'
import { openDatabase } from '../shared/store/sqlite.ts'
import type { createCorrelationContext } from '../shared/telemetry/context.ts'
import type { Logger } from '../shared/telemetry/logger-port.ts'
import { createMetrics } from '../shared/telemetry/metrics.ts'
import { createEmbeddedUploadStore } from '../simulator/content/embedded.ts'
import { createSimulator } from '../simulator/service.ts'
import type { EmbeddedConfig } from './config.ts'
import { createContentStore } from './content.ts'
import type { Secrets } from './secrets.ts'

export interface EmbeddedDeps {
  readonly config: EmbeddedConfig
  readonly version: string
  readonly catalog: Catalog
  readonly secrets: Secrets
  readonly loggerOf: (service: string) => Logger
  readonly context: ReturnType<typeof createCorrelationContext>
  readonly lifecycle: Pick<Lifecycle, 'onStop'>
  readonly peerOf: (request: Request) => string
  readonly upgrade: Upgrade
}

/** Milliseconds for whoever asks while services start: the first look of each holds the process for longer. */
const PAUSE_MS = 5

/**
 * All services and the simulator on one log and one state file. They call each other directly where others use HTTP;
 * everything else is as it is when they are processes of their own.
 */
export const createEmbedded = (deps: EmbeddedDeps) => {
  const { config, version, catalog, secrets, loggerOf, context, lifecycle, peerOf, upgrade } = deps
  const log = createEmbeddedLog({ path: join(config.DATA_DIR, 'log.sqlite'), logger: loggerOf('log') })
  lifecycle.onStop('log', () => log.close())
  const db = openDatabase(join(config.DATA_DIR, 'state.sqlite'))
  lifecycle.onStop('state', () => db.close())

  const archive = createArchiveStore({
    url: config.DATABASE_URL ?? `sqlite://${join(config.DATA_DIR, 'archive.sqlite')}`,
  })
  lifecycle.onStop('archive', () => archive.close())
  // A file of its own: two writers of one file in one process would wait for each other in vain.
  const books = createBookArchive({ url: config.DATABASE_URL ?? `sqlite://${join(config.DATA_DIR, 'books.sqlite')}` })
  lifecycle.onStop('books', () => books.close())

  const internalKeys = config.INTERNAL_API_KEY ?? [secrets.internal_api_key]
  const internalKey = internalKeys[0]
  const markers = createEmbeddedMarkers(db)
  const changes = createEmbeddedChangeFeed({ logger: loggerOf('changes') })
  const common = { version, context, log, markers, catalog, internalKeys, storeWarnings: async () => [] }

  const conductor = createConductor({
    ...common,
    config,
    logger: loggerOf('conductor'),
    metrics: createMetrics('conductor'),
    store: announced(createEmbeddedBatchStore({ db, markers, group: FACTS_GROUP }), changes),
    owned: createEmbeddedOwnedIndex(db),
    archive,
    deadLetters: createEmbeddedDeadLetters({ db, markers, group: LETTERS_GROUP, retentionMs: retentionMsOf(config) }),
  })
  // Nobody connects to these addresses: the services are called within the process.
  const addresses = {
    CONDUCTOR_URL: 'http://conductor.internal',
    ORCHESTRATOR_URL: 'http://orchestrator.internal',
    CONTENT_URL: config.CONTENT_URL ?? 'http://content.internal',
  }
  const reachConductor = (request: Request) => conductor.app.fetch(request)
  const orchestrator = createOrchestrator({
    ...common,
    config: { ...config, ...addresses },
    logger: loggerOf('orchestrator'),
    metrics: createMetrics('orchestrator'),
    store: createEmbeddedRunStore(db),
    archive: books,
    internalKey,
    reachConductor,
    reachEntitlements: (request) => fetch(request),
  })
  const simulator = createSimulator({
    config,
    catalog,
    log,
    logger: loggerOf('simulator'),
    metrics: createMetrics('simulator'),
    ...{ version, context, internalKeys: config.INTERNAL_API_KEY },
    ...{ environment: config.ENVIRONMENT, slowMs: config.SLOW_REQUEST_MS },
    uploads: createEmbeddedUploadStore(db),
  })
  const content =
    config.CONTENT_URL === undefined
      ? createContentStore({ folder: join(config.DATA_DIR, 'content'), stored: simulator.uploaded })
      : fetch
  const audit = openAudit({ file: config.AUDIT_FILE, logger: loggerOf('gateway') })
  lifecycle.onStop('audit', audit.close)
  const gateway = createGateway({
    config: { ...config, ...addresses, JWT_SECRET: config.JWT_SECRET ?? secretOf(config, secrets) },
    version,
    logger: loggerOf('gateway'),
    context,
    metrics: createMetrics('gateway'),
    log,
    catalog,
    idempotencyStore: createEmbeddedIdempotencyStore({ db, clock: () => Date.now() * 1_000 }),
    ticketStore: createLocalTicketStore({ clock: Date.now }),
    feed: changes,
    upgrade,
    limitStore: undefined,
    pingLimitStore: undefined,
    internalKey,
    reach: {
      conductor: reachConductor,
      orchestrator: (request) => orchestrator.app.fetch(request),
      keyServer: fetch,
      content,
    },
    auditSink: audit.sink,
    peerOf,
  })

  return {
    apps: { gateway: gateway.app, conductor: conductor.app, orchestrator: orchestrator.app, simulator: simulator.app },
    /** Makes the topics and starts to consume, each service before those that wait for what it says. */
    async start(): Promise<void> {
      await log.ensureTopics([...topicSpecsOf(config), ...auditTopics(config)])
      for (const [name, service] of Object.entries({ conductor, orchestrator, simulator })) {
        await pause(PAUSE_MS)
        lifecycle.onStop(name, () => service.stop())
        await service.start()
      }
      lifecycle.onStop('streams', () => gateway.drain())
      gateway.start()
    },
  }
}

/** The kept secret, unless tokens come from elsewhere. */
const secretOf = ({ JWT_PUBLIC_KEY, JWKS_URL }: EmbeddedConfig, { jwt_secret }: Secrets): string | undefined =>
  JWT_PUBLIC_KEY === undefined && JWKS_URL === undefined ? jwt_secret : undefined
