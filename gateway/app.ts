import { type App, createApp } from '../shared/http/app.ts'
import { addHealth } from '../shared/http/health.ts'
import { audited } from './audit/middleware.ts'
import { createCors } from './cors.ts'
import { tellVersions } from './deprecation.ts'
import { docs } from './docs/routes.ts'
import type { GatewayEnv } from './env.ts'
import { idempotent } from './idempotency/middleware.ts'
import { createDepthLimit } from './json-depth.ts'
import { keepAddress } from './limits/address.ts'
import { createLimiter, type Kind } from './limits/middleware.ts'
import type { GatewayDeps } from './ports.ts'
import { adminRoutes } from './routes/admin/index.ts'
import { allEvents } from './routes/all-events.ts'
import { batchEvents } from './routes/batch-events.ts'
import { batchSocket } from './routes/batch-socket.ts'
import { cancelBatch } from './routes/cancel-batch.ts'
import { consolePage } from './routes/console.ts'
import { getBatchStatus } from './routes/get-batch-status.ts'
import { issueDevToken } from './routes/issue-dev-token.ts'
import { issueStreamTicket } from './routes/issue-stream-ticket.ts'
import { listBatches } from './routes/list-batches.ts'
import { listEssays } from './routes/list-essays.ts'
import { listPipelines } from './routes/list-pipelines.ts'
import { listRuns } from './routes/list-runs.ts'
import { makePlan } from './routes/make-plan.ts'
import { registerBatch } from './routes/register-batch.ts'
import { requestPipeline } from './routes/request-pipeline.ts'
import { retryBatch } from './routes/retry-batch.ts'
import { setPrompt } from './routes/set-prompt.ts'
import { uploadFiles } from './routes/upload-files.ts'
import { signIn } from './sign-in/middleware.ts'
import { signInByTicket } from './tickets/middleware.ts'

/** Routes whose limit is not the default one. */
const KINDS: Readonly<Record<string, Kind>> = {
  '/v1/batches/:batch_id/pipelines': 'pipelines',
  '/v1/batches/:batch_id/status': 'status',
  '/v1/batches/:batch_id/files': 'uploads',
}

/** Where a body is passed on while it comes in, if there is a content service. */
const UPLOADS = /^\/v1\/batches\/[^/]+\/files$/

/** What a ticket can open. */
const STREAMS = ['/v1/batches/:batch_id/events', '/v1/batches/:batch_id/ws', '/v1/events']

/**
 * The client-facing API. It and all that it imports use web standards only: whatever belongs to a process comes in as a
 * dependency, so that the same app runs on an edge runtime.
 */
export const createGatewayApp = (deps: GatewayDeps): App<GatewayEnv> => {
  const { catalog, signToken, tokens, corsOrigins, logger } = deps
  const streamedPaths = deps.uploads && UPLOADS
  const limitDepth = createDepthLimit(streamedPaths)
  const limiter = createLimiter(deps.limiter, (pattern) => KINDS[pattern] ?? 'default')
  const app = createApp<GatewayEnv>({
    ...deps,
    service: 'gateway',
    streamedPaths,
    outermost(app) {
      app.use('*', keepAddress(deps.peerOf), createCors(corsOrigins))
      app.use('/v1/*', audited(deps.audit, deps.clock), tellVersions(app, deps.health.version))
    },
    // Who is signed in was limited already, as on every route.
    refusedEarly: async (c) => (c.get('user') === undefined ? limiter.refused(c) : undefined),
  })
  addHealth(app, { ...deps.health, service: 'gateway' })
  docs(app, deps)
  if (deps.console) consolePage(app, { files: deps.console, signIn: signToken ? 'dev' : 'token' })
  if (signToken) {
    app.use('/dev/token', limiter.limit, limitDepth)
    issueDevToken(app, signToken)
  }
  for (const path of STREAMS) app.use(path, signInByTicket(deps.tickets, limiter.refused))
  app.use('/v1/*', signIn(tokens, deps.clock, limiter.refused), limiter.limit, limitDepth)

  const once = idempotent({ ...deps.idempotency, logger, clock: deps.clock })
  const withKey = { ...deps, once }
  registerBatch(app, withKey)
  requestPipeline(app, withKey)
  getBatchStatus(app, deps)
  batchEvents(app, deps)
  batchSocket(app, deps)
  allEvents(app, deps)
  issueStreamTicket(app, deps)
  listBatches(app, deps)
  listEssays(app, deps)
  listRuns(app, deps)
  makePlan(app, deps)
  cancelBatch(app, withKey)
  retryBatch(app, withKey)
  setPrompt(app, deps)
  adminRoutes(app, withKey)
  if (deps.uploads) uploadFiles(app, { ...deps.uploads, owners: deps.owners })
  listPipelines(app, catalog)
  return app
}
