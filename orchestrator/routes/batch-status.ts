import { createRoute } from '@hono/zod-openapi'
import { OrchestratorStatusResponse, PipelineStateResponse } from '../../shared/contracts/http/orchestrator.ts'
import type { App } from '../../shared/http/app.ts'
import { problemResponses } from '../../shared/http/problem-responses.ts'
import type { Catalog } from '../../shared/pipelines/catalog.ts'
import { registrationOf } from '../messages/context.ts'
import { pipelineStateOf } from '../pipeline-state.ts'
import type { RunStore } from '../runs/port.ts'
import { BatchPath, bookOf } from './owned-book.ts'

const problems = problemResponses('AUTHENTICATION_ERROR', 'RESOURCE_NOT_FOUND', 'SERVICE_UNAVAILABLE')

const statusRoute = createRoute({
  method: 'get',
  path: '/v1/batches/{batch_id}/status',
  summary: 'A batch as the original orchestrator tells of it',
  request: { params: BatchPath },
  responses: {
    200: { description: 'The batch', content: { 'application/json': { schema: OrchestratorStatusResponse } } },
    ...problems,
  },
})

const stateRoute = createRoute({
  method: 'get',
  path: '/internal/v1/batches/{batch_id}/pipeline-state',
  summary: 'Where each phase of a batch stands, as the original orchestrator tells it',
  request: { params: BatchPath },
  responses: {
    200: { description: 'The state', content: { 'application/json': { schema: PipelineStateResponse } } },
    ...problems,
  },
})

export interface BatchStatusDeps {
  readonly store: Pick<RunStore, 'read'>
  readonly catalog: Catalog
}

/** For neighbours of the original's that ask for it; our own status is the conductor's. */
export const batchStatus = (app: App, { store, catalog }: BatchStatusDeps): void => {
  app.openapi(statusRoute, async (c) => {
    const { batch_id } = c.req.valid('param')
    const book = await bookOf(store, batch_id)
    const { course_code, expected_essay_count } = registrationOf(book)
    const batch_context = { course_code, expected_essay_count, user_id: book.user_id ?? '' }
    return c.json({ batch_id, batch_context, pipeline_state: pipelineStateOf(book, catalog) }, 200)
  })
  app.openapi(stateRoute, async (c) => {
    const { batch_id } = c.req.valid('param')
    const book = await bookOf(store, batch_id)
    const pipeline_state = pipelineStateOf(book, catalog)
    return c.json({ batch_id, pipeline_state, user_id: book.user_id ?? '' }, 200)
  })
}
