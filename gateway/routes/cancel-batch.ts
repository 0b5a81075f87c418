import { createRoute, z } from '@hono/zod-openapi'
import { ClientText } from '../../shared/contracts/http/client-text.ts'
import { CancelResponse } from '../../shared/contracts/http/orchestrator.ts'
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

/** Which run is to end; left out, whichever is active. */
export const CancelBatchRequest = z
  .strictObject({
    run_id: ClientText(255).nullish().openapi({ description: 'Only this run, and not one that has begun since' }),
  })
  .openapi('CancelBatchRequest')

/** What a cancel is asked with and answers, whoever may ask. */
export const cancelling = {
  request: { params: BatchPath, headers: IdempotencyHeader, body: jsonBody(CancelBatchRequest, { run_id: RUN_ID }) },
  responses: {
    200: {
      description: 'It is cancelled, durably',
      ...json(CancelResponse, {
        batch_id: BATCH_ID,
        correlation_id: CORRELATION_ID,
        status: 'cancelled',
        run_id: RUN_ID,
      }),
    },
    ...problemResponses(...CHANGE_PROBLEMS, 'KAFKA_PUBLISH_ERROR', 'SERVICE_UNAVAILABLE'),
  },
}

const route = createRoute({
  method: 'post',
  path: '/v1/batches/{batch_id}/cancel',
  summary: 'End the active run, or the request that waits',
  description: 'What specialists still report of the run is kept as facts and starts nothing any more.',
  ...access('batches:write', 'teacher', 'admin', 'service'),
  ...cancelling,
})

export const cancelBatch = (
  app: App<GatewayEnv>,
  { orchestrator, once }: Pick<GatewayDeps, 'orchestrator'> & OnceDeps,
): void => {
  app.openapi(byKey(route, once), async (c) => {
    const { batch_id } = c.req.valid('param')
    const caller = { user: c.get('user'), correlationId: c.get('correlationId') }
    const cancelled = orchestrator.cancel(batch_id, c.req.valid('json'), caller, c.get('requestId'))
    return c.json(await passOn(route, cancelled), 200)
  })
}
