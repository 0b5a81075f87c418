import { createRoute } from '@hono/zod-openapi'
import { RunsResponse } from '../../shared/contracts/http/lists.ts'
import { requestView, runView } from '../../shared/contracts/http/run-view.ts'
import type { App } from '../../shared/http/app.ts'
import { ProblemError } from '../../shared/http/problem.ts'
import { problemResponses } from '../../shared/http/problem-responses.ts'
import { batchId } from '../../shared/ids.ts'
import type { Catalog } from '../../shared/pipelines/catalog.ts'
import type { BatchStore } from '../state/port.ts'
import { statusOf } from '../status/status.ts'
import { BatchPath } from './batch-path.ts'

const route = createRoute({
  method: 'get',
  path: '/internal/v1/batches/{batch_id}/runs',
  summary: "A batch's last runs and requests",
  request: { params: BatchPath },
  responses: {
    200: { description: 'Newest first', content: { 'application/json': { schema: RunsResponse } } },
    ...problemResponses(
      'AUTHENTICATION_ERROR',
      'RESOURCE_NOT_FOUND',
      'VALIDATION_ERROR',
      'SERVICE_UNAVAILABLE',
      'CATCHING_UP',
    ),
  },
})

/** What the batch's run book says, as far as it is projected. */
export const batchRuns = (
  app: App,
  { store, catalog }: { readonly store: Pick<BatchStore, 'read'>; readonly catalog: Catalog },
): void => {
  app.openapi(route, async (c) => {
    const { batch_id } = c.req.valid('param')
    const snapshot = await store.read(batchId(batch_id), { book: true })
    const status = statusOf(snapshot, catalog)
    if (!status) throw new ProblemError({ code: 'RESOURCE_NOT_FOUND', detail: 'There is no such batch.' })
    const { user_id, org_id } = status
    const { runs = [], requests = [] } = snapshot.book ?? {}
    const revision = Number(snapshot.revision)
    return c.json(
      {
        batch_id,
        user_id,
        org_id,
        revision,
        runs: runs.map(runView).reverse(),
        requests: requests.map(requestView).reverse(),
      },
      200,
    )
  })
}
