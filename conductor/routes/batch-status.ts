import { createRoute } from '@hono/zod-openapi'
import { StatusResponse } from '../../shared/contracts/http/conductor.ts'
import type { App } from '../../shared/http/app.ts'
import { ProblemError } from '../../shared/http/problem.ts'
import { problemResponses } from '../../shared/http/problem-responses.ts'
import { batchId } from '../../shared/ids.ts'
import type { Catalog } from '../../shared/pipelines/catalog.ts'
import type { BatchStore } from '../state/port.ts'
import { STATUS_ESSAYS, statusOf } from '../status/status.ts'
import { BatchPath } from './batch-path.ts'

const route = createRoute({
  method: 'get',
  path: '/internal/v1/batches/{batch_id}/status',
  summary: 'How a batch stands, and whose it is',
  request: { params: BatchPath },
  responses: {
    200: { description: 'The newest state', content: { 'application/json': { schema: StatusResponse } } },
    ...problemResponses(
      'AUTHENTICATION_ERROR',
      'RESOURCE_NOT_FOUND',
      'VALIDATION_ERROR',
      'SERVICE_UNAVAILABLE',
      'CATCHING_UP',
    ),
  },
})

export interface BatchStatusDeps {
  readonly store: Pick<BatchStore, 'read'>
  readonly catalog: Catalog
}

/** Facts, run and requests in one read (design section 5). */
export const batchStatus = (app: App, { store, catalog }: BatchStatusDeps): void => {
  app.openapi(route, async (c) => {
    const { batch_id } = c.req.valid('param')
    const snapshot = await store.read(batchId(batch_id), { essays: STATUS_ESSAYS, book: true })
    const status = statusOf(snapshot, catalog)
    if (!status) throw new ProblemError({ code: 'RESOURCE_NOT_FOUND', detail: 'There is no such batch.' })
    return c.json(status, 200)
  })
}
