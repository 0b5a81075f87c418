import { createRoute, type z } from '@hono/zod-openapi'
import { RegisterResponse } from '../../shared/contracts/http/orchestrator.ts'
import { registerBatchRequest } from '../../shared/contracts/http/registration.ts'
import type { App } from '../../shared/http/app.ts'
import { fieldErrors } from '../../shared/http/pointer.ts'
import { ProblemError, wrongValues } from '../../shared/http/problem.ts'
import { problemResponses } from '../../shared/http/problem-responses.ts'
import { timed } from '../../shared/http/timing.ts'
import { UpstreamError } from '../../shared/http/upstream.ts'
import type { GatewayEnv } from '../env.ts'
import { byKey, IdempotencyHeader, type OnceDeps } from '../idempotency/middleware.ts'
import type { GatewayDeps } from '../ports.ts'
import { access } from '../sign-in/access.ts'
import { BATCH_ID, CORRELATION_ID, REGISTRATION } from './examples.ts'
import { json, jsonBody } from './json.ts'
import { BODY_PROBLEMS } from './problems.ts'

const routeFor = (maxBatchEssays: number) =>
  createRoute({
    method: 'post',
    path: '/v1/batches/register',
    summary: 'Register a batch of essays',
    ...access('batches:write', 'teacher', 'admin', 'service'),
    request: {
      headers: IdempotencyHeader,
      body: jsonBody(registerBatchRequest(maxBatchEssays), {
        ...REGISTRATION,
        essay_ids: [...REGISTRATION.essay_ids],
      }),
    },
    responses: {
      202: {
        description: 'The batch is registered, durably',
        ...json(RegisterResponse, { batch_id: BATCH_ID, correlation_id: CORRELATION_ID, status: 'registered' }),
      },
      ...problemResponses(...BODY_PROBLEMS, 'CONFLICT', 'KAFKA_PUBLISH_ERROR', 'SERVICE_UNAVAILABLE'),
    },
  })

export const registerBatch = (
  app: App<GatewayEnv>,
  deps: Pick<GatewayDeps, 'orchestrator' | 'maxBatchEssays' | 'clock'> & OnceDeps,
): void => {
  const { orchestrator, maxBatchEssays, clock, once } = deps
  app.openapi(
    byKey(routeFor(maxBatchEssays), once),
    async (c) => {
      const body = c.req.valid('json')
      const caller = { user: c.get('user'), correlationId: c.get('correlationId') }
      try {
        const registered = await timed(c.get('timings'), 'orchestrator', clock, () =>
          orchestrator.register(body, caller, c.get('requestId')),
        )
        return c.json(registered, 202, { location: `/v1/batches/${encodeURIComponent(registered.batch_id)}/status` })
      } catch (thrown) {
        // The orchestrator checks again, by limits of its own; its pointers are ours.
        if (!(thrown instanceof UpstreamError) || thrown.status !== 422) throw thrown
        const { detail = 'The registration was refused.', errors = [], reason } = thrown.problem
        throw new ProblemError({ code: 'VALIDATION_ERROR', detail, errors, ...(reason ? { reason } : {}) })
      }
    },
    (read) => {
      if (!read.success) throw refused(read.error)
    },
  )
}

const refused = ({ issues }: z.ZodError): ProblemError => {
  const { errors, count } = fieldErrors('json', issues)
  if (!issues.some(isTooMany)) return wrongValues(errors, count)
  const reason = 'batch_too_large'
  return new ProblemError({ code: 'VALIDATION_ERROR', detail: 'The batch is too large.', reason, errors, count })
}

const isTooMany = ({ code, path }: z.ZodError['issues'][number]): boolean =>
  code === 'too_big' && ['expected_essay_count', 'essay_ids'].includes(path.join('/'))
