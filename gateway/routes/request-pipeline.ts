import { createRoute, z } from '@hono/zod-openapi'
import { BatchPipelineRequest } from '../../shared/contracts/http/pipeline-request.ts'
import { messageOf } from '../../shared/contracts/send.ts'
import { SENDERS } from '../../shared/contracts/senders.ts'
import { TOPICS } from '../../shared/contracts/topics.ts'
import type { App } from '../../shared/http/app.ts'
import { problemResponses } from '../../shared/http/problem-responses.ts'
import { timed } from '../../shared/http/timing.ts'
import { batchId, correlationId, eventId } from '../../shared/ids.ts'
import type { GatewayEnv } from '../env.ts'
import { byKey, IdempotencyHeader, type OnceDeps } from '../idempotency/middleware.ts'
import type { Owners } from '../owners.ts'
import type { GatewayDeps } from '../ports.ts'
import { access } from '../sign-in/access.ts'
import { BATCH_ID, CORRELATION_ID } from './examples.ts'
import { json, jsonBody } from './json.ts'
import { BatchPath } from './path.ts'
import { knownPipeline, wrongValue } from './pipeline-name.ts'
import { CHANGE_PROBLEMS } from './problems.ts'

const Accepted = z
  .object({ status: z.literal('accepted'), message: z.string(), batch_id: z.string(), correlation_id: z.string() })
  .openapi('PipelineAccepted')

const route = createRoute({
  method: 'post',
  path: '/v1/batches/{batch_id}/pipelines',
  summary: 'Ask for a pipeline',
  description:
    'Answers as soon as the request is durable. What becomes of it stands in the status, under requests[], by the correlation id of this answer; a refusal too.',
  ...access('batches:write', 'teacher', 'admin', 'service'),
  request: {
    params: BatchPath,
    headers: IdempotencyHeader,
    body: jsonBody(BatchPipelineRequest, {
      requested_pipeline: 'ai_feedback',
      prompt_payload: { assignment_id: 'a-1' },
    }),
  },
  responses: {
    202: {
      description: 'The request is durable',
      ...json(Accepted, {
        status: 'accepted',
        message: 'Pipeline execution request received',
        batch_id: BATCH_ID,
        correlation_id: CORRELATION_ID,
      }),
    },
    ...problemResponses(...CHANGE_PROBLEMS, 'KAFKA_PUBLISH_ERROR', 'SERVICE_UNAVAILABLE'),
  },
})

type Deps = Pick<GatewayDeps, 'log' | 'catalog' | 'published' | 'publishTimeoutMs' | 'clock'> &
  OnceDeps & {
    readonly owners: Owners
  }

export const requestPipeline = (app: App<GatewayEnv>, deps: Deps): void => {
  const { log, catalog, published, publishTimeoutMs, clock, owners, once } = deps
  app.openapi(byKey(route, once), async (c) => {
    const { batch_id } = c.req.valid('param')
    const body = c.req.valid('json')
    const user = c.get('user')
    const correlation = c.get('correlationId')
    if (body.batch_id && body.batch_id !== batch_id) throw wrongValue('/batch_id', 'must be the batch of the path')
    knownPipeline(catalog, body.requested_pipeline)
    // Early and for a good answer only: the orchestrator checks finally, so a conductor that is away does not matter.
    await timed(c.get('timings'), 'owner', clock, () => owners.check(batch_id, user, correlation))

    const message = messageOf({
      topic: TOPICS.pipelineRequest,
      batchId: batchId(batch_id),
      eventId: eventId(c.get('requestId')),
      correlationId: correlationId(correlation),
      source: SENDERS.gateway,
      at: clock(),
      data: {
        batch_id,
        requested_pipeline: body.requested_pipeline,
        client_correlation_id: correlation,
        user_id: user.userId,
        is_retry: body.is_retry,
        retry_reason: body.retry_reason ?? null,
        prompt_payload: body.prompt_payload ?? null,
      },
      traceparent: c.get('traceparent'),
      metadata: user.orgId === null ? {} : { org_id: user.orgId },
    })
    const started = clock()
    const seconds = () => (clock() - started) / 1_000
    try {
      await timed(c.get('timings'), 'publish', clock, () => log.publish([message], { timeoutMs: publishTimeoutMs }))
    } catch (thrown) {
      published(message.topic, 'failed', seconds())
      throw thrown
    }
    published(message.topic, 'acknowledged', seconds())
    const answer = { status: 'accepted' as const, message: 'Pipeline execution request received', batch_id }
    return c.json({ ...answer, correlation_id: correlation }, 202, {
      location: `/v1/batches/${encodeURIComponent(batch_id)}/status`,
    })
  })
}
