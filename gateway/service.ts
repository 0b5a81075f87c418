import { hash } from 'node:crypto'
import type { Fetch } from '../shared/http/client.ts'
import type { AppDeps } from '../shared/http/ports.ts'
import type { Upgrade } from '../shared/http/sockets.ts'
import { randomId } from '../shared/ids.ts'
import type { EventLog } from '../shared/log/port.ts'
import type { Catalog } from '../shared/pipelines/catalog.ts'
import type { ChangeFeed } from '../shared/store/changes/port.ts'
import type { Metrics } from '../shared/telemetry/metrics.ts'
import { within } from '../shared/within.ts'
import { createGatewayApp } from './app.ts'
import { createAssets } from './assets.ts'
import type { AuditSink } from './audit/port.ts'
import { createTopicSink } from './audit/topic.ts'
import { boundedKeys, boundedTickets } from './bounded.ts'
import { createClients } from './clients.ts'
import { type GatewayConfig, limitsOf } from './config.ts'
import { createConsoleFiles } from './console.ts'
import { createFigures } from './figures.ts'
import type { IdempotencyStore } from './idempotency/port.ts'
import { clientAddress } from './limits/address.ts'
import { createBoundedStore } from './limits/bounded.ts'
import { createLocalRateLimitStore } from './limits/local.ts'
import type { RateLimitStore } from './limits/port.ts'
import { createLive } from './live/create.ts'
import { createConductorPort, createOrchestratorPort } from './neighbours.ts'
import { createOwners } from './owners.ts'
import { shareReads } from './shared-reads.ts'
import { openTokens, tokenSignerOf } from './sign-in/open.ts'
import type { TicketStore } from './tickets/port.ts'
import { createTickets } from './tickets/tickets.ts'
import { uploadLimitsOf } from './upload/config.ts'
import { createContentPort } from './upload/content.ts'
import { readFiles } from './upload/read-files.ts'
import { createUpload } from './upload/upload.ts'

/** What of its configuration the gateway needs once everything is connected. */
export type GatewaySettings = Omit<
  GatewayConfig,
  | 'KAFKA_BROKERS'
  | 'KAFKA_PREFIX'
  | 'KAFKA_SESSION_TIMEOUT_MS'
  | 'KAFKA_TLS'
  | 'REDIS_URL'
  | 'REDIS_PREFIX'
  | 'GATEWAY_PORT'
  | 'INTERNAL_AUTH'
  | 'INTERNAL_API_KEY'
>

export interface GatewayServiceDeps extends Pick<AppDeps, 'logger' | 'context'> {
  readonly config: GatewaySettings
  readonly version: string
  readonly log: EventLog
  readonly catalog: Catalog
  readonly metrics: Metrics
  /** Undefined: limits are counted in this process. */
  readonly limitStore: RateLimitStore | undefined
  /** What the limiter waits for, for readiness. */
  readonly pingLimitStore: (() => Promise<void>) | undefined
  readonly idempotencyStore: IdempotencyStore
  readonly ticketStore: TicketStore
  /** Says which batches changed. */
  readonly feed: Pick<ChangeFeed, 'subscribe'>
  readonly upgrade: Upgrade
  readonly internalKey: string | undefined
  /** How to reach the services behind, which the embedded process calls directly, and the server of `JWKS_URL`. */
  readonly reach: {
    readonly conductor: Fetch
    readonly orchestrator: Fetch
    readonly keyServer: Fetch
    readonly content: Fetch
  }
  /** The address at the other end of a request's connection. */
  readonly peerOf: (request: Request) => string
  /** Where the audit goes besides the configured topic. */
  readonly auditSink: AuditSink
  /** Milliseconds until an open circuit lets a call through again; default 5,000. */
  readonly circuitOpenMs?: number
}

/** Milliseconds that the content service may take for one file; a slow sender counts, too. */
const FILE_TIMEOUT_MS = 60_000

/** The gateway, put together from its connections. */
export const createGateway = (deps: GatewayServiceDeps) => {
  const { config, log, logger, metrics, reach } = deps
  const clock = Date.now
  const clientsOf = createClients({ ...deps, serviceId: 'api-gateway-service', metrics: metrics.gateway })
  const local = createLocalRateLimitStore({ clock: () => clock() * 1_000 })
  const tokens = openTokens({ config, fetch: reach.keyServer, logger, clock })
  const shared =
    deps.limitStore &&
    createBoundedStore({ store: deps.limitStore, timeoutMs: config.RATE_LIMIT_STORE_TIMEOUT_MS, clock })
  const bound = { timeoutMs: config.STORE_TIMEOUT_MS }
  const pingLimits = deps.pingLimitStore
  const limits = pingLimits
    ? [
        {
          name: 'rate_limits',
          check: () =>
            within(config.RATE_LIMIT_STORE_TIMEOUT_MS, pingLimits, () => new Error('late')).then(
              () => undefined,
              () => ['limits are counted locally'],
            ),
        },
      ]
    : []

  const unshared = createConductorPort(clientsOf('conductor', config.CONDUCTOR_URL))
  const conductor = { ...unshared, status: shareReads(unshared.status) }
  const orchestrator = createOrchestratorPort(clientsOf('orchestrator', config.ORCHESTRATOR_URL))
  const owners = createOwners({ conductor, orchestrator })
  const live = createLive({
    ...{ settings: config, feed: deps.feed, metrics: metrics.streams, logger: deps.logger, clock },
    tracer: deps.context.tracer,
    ...{ conductor, orchestrator, owners },
  })

  const uploadLimits = uploadLimitsOf(config)
  const uploadsTo = (baseUrl: string) => ({
    maxUploadBytes: uploadLimits.maxBytes,
    upload: createUpload({
      readFiles,
      limits: uploadLimits,
      content: createContentPort({
        ...{ baseUrl, fetch: reach.content, internalKey: deps.internalKey, timeoutMs: FILE_TIMEOUT_MS },
      }),
    }),
  })

  const app = createGatewayApp({
    ...deps,
    clock,
    metrics: metrics.http,
    slowMs: config.SLOW_REQUEST_MS,
    maxBodyBytes: config.MAX_BODY_BYTES,
    conductor,
    orchestrator,
    owners,
    live,
    tickets: createTickets({ store: boundedTickets(deps.ticketStore, bound) }),
    uploads: config.CONTENT_URL === undefined ? undefined : uploadsTo(config.CONTENT_URL),
    tokens,
    signToken: tokenSignerOf(config, clock),
    corsOrigins: config.CORS_ORIGINS,
    peerOf: (request) =>
      clientAddress(deps.peerOf(request), request.headers.get('x-forwarded-for'), config.TRUSTED_PROXY_HOPS),
    limiter: {
      limits: limitsOf(config),
      factors: config.RATE_LIMIT_ROLE_FACTORS,
      store: shared ?? local,
      fallback: local,
      limited: metrics.gateway.limited,
      clock,
    },
    idempotency: {
      store: boundedKeys(deps.idempotencyStore, bound),
      counted: metrics.gateway.idempotent,
      sha256: (text) => hash('sha256', text, 'hex'),
    },
    published: metrics.gateway.published,
    audit:
      config.AUDIT_TOPIC === 'on'
        ? [deps.auditSink, createTopicSink({ log, logger, timeoutMs: config.PUBLISH_TIMEOUT_MS, randomId })]
        : [deps.auditSink],
    maxBatchEssays: config.MAX_BATCH_ESSAYS,
    publishTimeoutMs: config.PUBLISH_TIMEOUT_MS,
    asset: createAssets(),
    console: config.CONSOLE === 'on' ? createConsoleFiles() : undefined,
    figures: createFigures({
      own: metrics.exposition,
      others: {
        conductor: { baseUrl: config.CONDUCTOR_URL, fetch: reach.conductor },
        orchestrator: { baseUrl: config.ORCHESTRATOR_URL, fetch: reach.orchestrator },
      },
    }),
    health: {
      version: deps.version,
      environment: config.ENVIRONMENT,
      checks: [{ name: 'log', check: () => log.ping().then(() => undefined) }, ...limits],
      exposition: metrics.exposition,
    },
  })
  return {
    app,
    /** Begins to tell streams of changes. */
    start: live.start,
    /** Ends all streams: call it before the port closes. */
    drain: live.drain,
  }
}
