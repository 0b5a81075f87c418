import { createRoute } from '@hono/zod-openapi'
import { CancelRequest, CancelResponse } from '../../shared/contracts/http/orchestrator.ts'
import type { App } from '../../shared/http/app.ts'
import { ProblemError } from '../../shared/http/problem.ts'
import { problemResponses } from '../../shared/http/problem-responses.ts'
import { batchId, derivedId } from '../../shared/ids.ts'
import type { RunStore } from '../runs/port.ts'
import type { Settle } from '../settle.ts'
import { BatchPath, ownedBook } from './owned-book.ts'

const route = createRoute({
  method: 'post',
  path: '/internal/v1/batches/{batch_id}/cancel',
  summary: 'End the active run of a batch, or the request that waits',
  request: {
    params: BatchPath,
    body: { required: true, content: { 'application/json': { schema: CancelRequest } } },
  },
  responses: {
    200: {
      description: 'It is cancelled; what specialists still report of it is kept as facts',
      content: { 'application/json': { schema: CancelResponse } },
    },
    ...problemResponses(
      'AUTHENTICATION_ERROR',
      'AUTHORIZATION_ERROR',
      'CONFLICT',
      'RESOURCE_NOT_FOUND',
      'VALIDATION_ERROR',
      'KAFKA_PUBLISH_ERROR',
      'SERVICE_UNAVAILABLE',
    ),
  },
})

export interface CancelDeps {
  readonly store: Pick<RunStore, 'read' | 'cancel'>
  readonly settle: Settle
}

export const cancelRun = (app: App, { store, settle }: CancelDeps): void => {
  app.openapi(route, async (c) => {
    const { batch_id } = c.req.valid('param')
    const { user_id, request_id, run_id } = c.req.valid('json')
    const correlation_id = c.get('correlationId')
    await ownedBook(store, batch_id, user_id)
    const id = derivedId(batch_id, 'cancel', request_id ?? correlation_id)
    const input = { request_id: id, correlation_id, run_id: run_id ?? null, reason: 'cancelled' as const }
    const cancelled = await store.cancel(batchId(batch_id), input)
    // Answered only once the log has it (invariant 3), also when a repeat finds it done but not yet said.
    await settle(batchId(batch_id), cancelled)
    if (cancelled.reply !== 'cancelled')
      throw new ProblemError({ code: 'CONFLICT', reason: 'nothing_active', detail: 'There is nothing to cancel.' })
    const last = cancelled.book.runs.at(-1)
    const run = last?.status === 'cancelled' ? last.run_id : null
    return c.json({ batch_id, correlation_id, status: 'cancelled' as const, run_id: run }, 200)
  })
}
