import { createRoute } from '@hono/zod-openapi'
import { RunHistoryResponse } from '../../shared/contracts/http/orchestrator.ts'
import type { App } from '../../shared/http/app.ts'
import { problemResponses } from '../../shared/http/problem-responses.ts'
import { historyOf } from '../history.ts'
import type { RunStore } from '../runs/port.ts'
import { BatchPath, bookOf } from './owned-book.ts'

const route = createRoute({
  method: 'get',
  path: '/internal/v1/batches/{batch_id}/runs',
  summary: 'The last runs of a batch, each with its timeline',
  request: { params: BatchPath },
  responses: {
    200: { description: 'The newest first', content: { 'application/json': { schema: RunHistoryResponse } } },
    ...problemResponses('AUTHENTICATION_ERROR', 'RESOURCE_NOT_FOUND', 'SERVICE_UNAVAILABLE'),
  },
})

export const batchRuns = (app: App, store: Pick<RunStore, 'read'>): void => {
  app.openapi(route, async (c) => c.json(historyOf(await bookOf(store, c.req.valid('param').batch_id)), 200))
}
