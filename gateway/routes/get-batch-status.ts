import { createRoute, z } from '@hono/zod-openapi'
import { ClientStatus, StatusDetails } from '../../shared/contracts/http/conductor.ts'
import type { BatchOwnerResponse } from '../../shared/contracts/http/orchestrator.ts'
import type { App } from '../../shared/http/app.ts'
import { problemResponses } from '../../shared/http/problem-responses.ts'
import type { GatewayEnv } from '../env.ts'
import { noSuchBatch, notYours, type Owners } from '../owners.ts'
import type { GatewayDeps } from '../ports.ts'
import { access } from '../sign-in/access.ts'
import { BatchPath } from './path.ts'

const BatchStatus = z.object({ status: ClientStatus, details: StatusDetails }).openapi('BatchStatus')
type BatchStatus = z.infer<typeof BatchStatus>

const route = createRoute({
  method: 'get',
  path: '/v1/batches/{batch_id}/status',
  summary: 'How a batch stands',
  ...access('batches:read', 'teacher', 'admin', 'service'),
  request: { params: BatchPath, headers: z.object({ 'if-none-match': z.string().optional() }) },
  responses: {
    200: { description: 'The newest state', content: { 'application/json': { schema: BatchStatus } } },
    304: { description: 'Nothing has changed since the revision of If-None-Match' },
    ...problemResponses(
      'AUTHENTICATION_ERROR',
      'AUTHORIZATION_ERROR',
      'RESOURCE_NOT_FOUND',
      'VALIDATION_ERROR',
      'RATE_LIMIT',
      'UNKNOWN_ERROR',
      'EXTERNAL_SERVICE_ERROR',
      'SERVICE_UNAVAILABLE',
      'CATCHING_UP',
    ),
  },
})

type Deps = Pick<GatewayDeps, 'conductor' | 'orchestrator'> & { readonly owners: Owners }

export const getBatchStatus = (app: App<GatewayEnv>, { conductor, orchestrator, owners }: Deps): void => {
  app.openapi(route, async (c) => {
    const { batch_id } = c.req.valid('param')
    const correlation = c.get('correlationId')
    const found = await conductor.status(batch_id, correlation)
    const registration = found ? undefined : await orchestrator.owner(batch_id, correlation)
    const owner = found?.user_id ?? registration?.user_id
    if (owner === undefined) throw noSuchBatch()
    owners.learn(batch_id, owner)
    if (owner !== c.get('user').userId) throw notYours()

    const answer: BatchStatus = found
      ? { status: found.status, details: found.details }
      : { status: 'pending_content', details: justRegistered(batch_id, registration) }
    const etag = `"${answer.details.revision}"`
    if (c.req.valid('header')['if-none-match'] === etag) return c.body(null, 304, { etag })
    return c.json(answer, 200, { etag })
  })
}

/** A batch that the conductor has not heard of yet: what its registration says. */
const justRegistered = (batchId: string, registration: BatchOwnerResponse | undefined): StatusDetails => ({
  batch_id: batchId,
  assignment_id: null,
  overall_status: 'pending_content',
  essay_count: registration?.expected_essay_count ?? 0,
  completed_essay_count: 0,
  failed_essay_count: 0,
  requested_pipeline: null,
  current_phase: null,
  essays: [],
  essays_truncated: false,
  created_at: registration?.registered_at ?? null,
  last_updated: registration?.registered_at ?? null,
  processing_started_at: null,
  processing_completed_at: null,
  student_prompt_ref: null,
  revision: 0,
  phases: [],
  run: null,
  requests: [],
})
