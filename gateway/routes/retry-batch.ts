import { createRoute, z } from '@hono/zod-openapi'
import { ClientText } from '../../shared/contracts/http/client-text.ts'
import { RetryResponse } from '../../shared/contracts/http/orchestrator.ts'
import { LARGEST_BATCH } from '../../shared/contracts/largest-batch.ts'
import type { App } from '../../shared/http/app.ts'
import { problemResponses } from '../../shared/http/problem-responses.ts'
import type { GatewayEnv } from '../env.ts'
import { byKey, IdempotencyHeader, type OnceDeps } from '../idempotency/middleware.ts'
import { passOn } from '../pass-on.ts'
import type { GatewayDeps } from '../ports.ts'
import { access } from '../sign-in/access.ts'
import { BATCH_ID, CORRELATION_ID, RUN_ID } from './examples.ts'
import { json, jsonBody } from './json.ts'
import { BatchPath } from './path.ts'
import { CHANGE_PROBLEMS } from './problems.ts'

const RetryBatchRequest = z
  .strictObject({
    phase: ClientText(100)
      .nullish()
      .openapi({ description: 'Only this phase, with what it needs; left out, the pipeline of the last run' }),
    essay_ids: z
      .array(ClientText(255))
      .min(1)
      .max(LARGEST_BATCH)
      .nullish()
      .openapi({ description: 'Only these of the essays that did not succeed' }),
    reason: ClientText(500),
    dry_run: z.boolean().default(false).openapi({ description: 'Show what would run, and change nothing' }),
    plan_revision: ClientText(100)
      .nullish()
      .openapi({ description: 'Of a preview: run only if that is still what would run' }),
  })
  .openapi('RetryBatchRequest')

const EXAMPLE: z.infer<typeof RetryResponse> = {
  batch_id: BATCH_ID,
  correlation_id: CORRELATION_ID,
  status: 'accepted',
  requested_pipeline: 'nlp',
  run_id: RUN_ID,
  plan_revision: '1795496612641292',
  phases: [{ phase: 'spellcheck', decision: 'run', reason: 'retry_failed', essay_ids: ['bo'] }],
}

const route = createRoute({
  method: 'post',
  path: '/v1/batches/{batch_id}/retry',
  summary: 'Run again what did not succeed, or show what that would be',
  ...access('batches:write', 'teacher', 'admin', 'service'),
  request: {
    params: BatchPath,
    headers: IdempotencyHeader,
    body: jsonBody(RetryBatchRequest, { reason: 'the service is back', dry_run: true }),
  },
  responses: {
    200: { description: 'What would run', ...json(RetryResponse, { ...EXAMPLE, status: 'preview', run_id: null }) },
    202: { description: 'It runs, or will', ...json(RetryResponse, EXAMPLE) },
    ...problemResponses(...CHANGE_PROBLEMS, 'KAFKA_PUBLISH_ERROR', 'SERVICE_UNAVAILABLE'),
  },
})

export const retryBatch = (
  app: App<GatewayEnv>,
  { orchestrator, once }: Pick<GatewayDeps, 'orchestrator'> & OnceDeps,
): void => {
  app.openapi(byKey(route, once), async (c) => {
    const { batch_id } = c.req.valid('param')
    const caller = { user: c.get('user'), correlationId: c.get('correlationId') }
    const answer = await passOn(route, orchestrator.retry(batch_id, c.req.valid('json'), caller, c.get('requestId')))
    if (answer.status === 'preview') return c.json(answer, 200)
    return c.json(answer, 202, { location: `/v1/batches/${encodeURIComponent(batch_id)}/status` })
  })
}
