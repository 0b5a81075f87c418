import { Database } from 'bun:sqlite'
import { join } from 'node:path'
import { z } from 'zod'
import { createGatewayApp } from '../../gateway/app.ts'
import type { AuditEntry } from '../../gateway/audit/port.ts'
import type { User } from '../../gateway/env.ts'
import { createEmbeddedIdempotencyStore } from '../../gateway/idempotency/embedded.ts'
import { createLocalRateLimitStore } from '../../gateway/limits/local.ts'
import type { LimiterDeps } from '../../gateway/limits/middleware.ts'
import { streamFields } from '../../gateway/live/config.ts'
import { createLive, type LiveSettings } from '../../gateway/live/create.ts'
import { createOwners } from '../../gateway/owners.ts'
import type { ConductorPort, GatewayDeps, OrchestratorPort } from '../../gateway/ports.ts'
import { createTokenSigner, type Subject } from '../../gateway/sign-in/sign.ts'
import { createTokens } from '../../gateway/sign-in/tokens.ts'
import { createVerify } from '../../gateway/sign-in/verify.ts'
import { createLocalTicketStore } from '../../gateway/tickets/local.ts'
import { createTickets } from '../../gateway/tickets/tickets.ts'
import type { ContentPort } from '../../gateway/upload/port.ts'
import { readFiles } from '../../gateway/upload/read-files.ts'
import { createUpload } from '../../gateway/upload/upload.ts'
import type { StatusResponse } from '../../shared/contracts/http/conductor.ts'
import type { BatchOwnerResponse } from '../../shared/contracts/http/orchestrator.ts'
import { BatchSnapshot, type NewerAnswer } from '../../shared/contracts/http/snapshots.ts'
import type { OutgoingMessage, Position } from '../../shared/log/port.ts'
import { loadCatalog } from '../../shared/pipelines/load.ts'
import { createEmbeddedChangeFeed } from '../../shared/store/changes/embedded.ts'
import { appDeps } from '../support/app.ts'

export const SECRET = 'a-test-secret-of-more-than-32-characters'
const NO_LIMIT = { perMinute: 0, burst: 0 }
export const NO_LIMITS = {
  pipelines: NO_LIMIT,
  status: NO_LIMIT,
  uploads: NO_LIMIT,
  default: NO_LIMIT,
  organisation: NO_LIMIT,
}

const catalog = loadCatalog(join(import.meta.dir, '../../pipelines'))

export const statusOf = (batchId: string, userId: string): StatusResponse => ({
  status: 'ready',
  user_id: userId,
  org_id: null,
  details: {
    batch_id: batchId,
    assignment_id: null,
    overall_status: 'ready',
    essay_count: 2,
    completed_essay_count: 0,
    failed_essay_count: 0,
    requested_pipeline: null,
    current_phase: null,
    essays: [],
    essays_truncated: false,
    created_at: null,
    last_updated: null,
    processing_started_at: null,
    processing_completed_at: null,
    student_prompt_ref: null,
    revision: 17,
    phases: [],
    run: null,
    requests: [],
  },
})

/** What the orchestrator says of a batch that has just been registered. */
export const registeredBy = (userId: string, batchId: string): BatchOwnerResponse => ({
  batch_id: batchId,
  user_id: userId,
  org_id: null,
  content: 'pending',
  expected_essay_count: 2,
  course_code: 'ENG5',
  registered_at: '2026-02-03T08:15:30Z',
  has_prompt: false,
  active: null,
  positions: [],
})

/** What the conductor says of a batch that it knows, or not, to who has this revision of it. */
export const newerThan = (revision: number, batch_id: string, found: StatusResponse | undefined): NewerAnswer => {
  if (!found) return { state: 'unknown', batch_id }
  if (found.details.revision <= revision) return { state: 'unchanged', batch_id }
  const { status, user_id, org_id, details } = found
  return { state: 'newer', batch_id, user_id, org_id, snapshot: BatchSnapshot.parse({ status, details }) }
}

const never = (what: string): never => {
  throw new Error(`${what} is not asked in this test`)
}

interface Options {
  readonly conductor?: Partial<ConductorPort>
  readonly orchestrator?: Partial<OrchestratorPort>
  readonly settings?: Partial<LiveSettings>
  readonly content?: ContentPort
  readonly publish?: (messages: readonly OutgoingMessage[]) => Promise<readonly Position[]>
  readonly deps?: Partial<GatewayDeps>
  readonly limiter?: Partial<LimiterDeps>
  /** Default the real one. */
  readonly clock?: () => number
}

/** The gateway's app with everything behind it replaced by what a test says; batch `b-1` is Ada's. */
export const gateway = (options: Options = {}) => {
  const base = appDeps({ maxBodyBytes: 50_000 })
  const published: OutgoingMessage[] = []
  const registered: { readonly body: unknown; readonly user: User; readonly requestId: string }[] = []
  const keys: string[] = []
  const audit: AuditEntry[] = []
  const clock = options.clock ?? Date.now
  const token = { issuer: 'huleedu-identity-service', audience: 'huleedu-platform', clock }
  const sign = createTokenSigner({ ...token, secret: SECRET })
  // Stands still: how many calls are let through must not depend on how long they take.
  const opened = clock()
  const local = createLocalRateLimitStore({ clock: () => opened * 1_000 })
  const conductor: ConductorPort = {
    status: async (id) => (id === 'b-1' ? statusOf(id, 'ada') : undefined),
    batches: async () => ({ batches: [], total: 0, next_cursor: null }),
    essays: async () => undefined,
    runs: async () => undefined,
    define: async () => never('define'),
    letters: async () => ({ letters: [], next_cursor: null }),
    letterGroups: async () => ({ groups: [] }),
    letter: async () => never('letter'),
    redrive: async () => never('redrive'),
    park: async () => never('park'),
    health: async () => ({ status: 'ready', dependencies: {} }),
    newer: async (batches) =>
      Promise.all(
        batches.map(async ({ batch_id, revision }) =>
          newerThan(revision, batch_id, await conductor.status(batch_id, '')),
        ),
      ),
    ...options.conductor,
  }
  const orchestrator: OrchestratorPort = {
    async register(body, { user, correlationId }, requestId) {
      registered.push({ body, user, requestId })
      return { batch_id: `b-${requestId}`, correlation_id: correlationId, status: 'registered' }
    },
    owner: async () => undefined,
    cancel: async () => never('cancel'),
    retry: async () => never('retry'),
    setPrompt: async () => never('setPrompt'),
    stuck: async () => ({ waiting: [], truncated: false }),
    health: async () => ({ status: 'ready', dependencies: {} }),
    ...options.orchestrator,
  }
  const owners = createOwners({ conductor, orchestrator })
  const feed = createEmbeddedChangeFeed({ logger: base.logger })
  const streamed = { open: 0, sent: 0, coalesced: 0, dropped: 0 }
  const live = createLive({
    settings: { ...z.object(streamFields).parse({}), ...options.settings },
    ...{ feed, conductor, orchestrator, owners, logger: base.logger, clock },
    metrics: {
      open(count) {
        streamed.open = count
      },
      sent: () => void streamed.sent++,
      coalesced(count) {
        streamed.coalesced += count
      },
      dropped: () => void streamed.dropped++,
    },
  })
  const deps: GatewayDeps = {
    ...base,
    log: {
      async publish(messages) {
        const positions = await options.publish?.(messages)
        published.push(...messages)
        return positions ?? []
      },
    },
    conductor,
    orchestrator,
    owners,
    live,
    tickets: createTickets({ store: createLocalTicketStore({ clock }) }),
    upgrade: () => false,
    uploads: {
      maxUploadBytes: 1_000_000,
      upload: createUpload({
        readFiles,
        content: options.content ?? { store: async () => 'content-1' },
        limits: { maxFiles: 3, maxFileBytes: 100_000, maxBytes: 1_000_000, types: ['txt', 'docx'] },
      }),
    },
    catalog,
    tokens: createTokens({
      verify: createVerify({ ...token, key: { secret: SECRET } }),
      defaultRoles: ['teacher'],
      clock,
    }),
    signToken: sign,
    corsOrigins: ['http://localhost:5173'],
    peerOf: () => '127.0.0.1',
    limiter: {
      limits: NO_LIMITS,
      factors: {},
      store: local,
      fallback: local,
      limited() {},
      clock: () => opened,
      ...options.limiter,
    },
    idempotency: {
      store: createEmbeddedIdempotencyStore({ db: new Database(':memory:'), clock: () => clock() * 1_000 }),
      counted: (verdict) => void keys.push(verdict),
    },
    audit: [(entry) => void audit.push(entry)],
    published() {},
    maxBatchEssays: 5,
    publishTimeoutMs: 100,
    health: {
      version: '0',
      environment: 'test',
      checks: [],
      exposition: async () => ({ contentType: 'text/plain', text: '' }),
    },
    asset: async () => undefined,
    console: undefined,
    figures: async () => ({ requests: 0, published: 0, lag: [], missing: [] }),
    ...options.deps,
  }
  const app = createGatewayApp(deps)
  const as = async (user: Partial<Subject> = {}) => ({
    authorization: `Bearer ${await sign({ userId: 'ada', orgId: null, ...user })}`,
  })
  const call = async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
    app.request(path, {
      method,
      headers: { ...(await as()), ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
  return { app, as, call, published, registered, keys, audit, base, sign, live, feed, streamed }
}
