import { createRoute } from '@hono/zod-openapi'
import { BatchOwnerResponse } from '../../shared/contracts/http/orchestrator.ts'
import { dateTimeOf } from '../../shared/contracts/wire.ts'
import type { App } from '../../shared/http/app.ts'
import { problemResponses } from '../../shared/http/problem-responses.ts'
import { hasPrompt, registrationOf } from '../messages/context.ts'
import { activityOf, positionsOf } from '../runs/model/activity.ts'
import type { RunStore } from '../runs/port.ts'
import { BatchPath, bookOf } from './owned-book.ts'

const route = createRoute({
  method: 'get',
  path: '/internal/v1/batches/{batch_id}/owner',
  summary: 'Whose batch it is, from the moment of its registration',
  request: { params: BatchPath },
  responses: {
    200: { description: 'The owner', content: { 'application/json': { schema: BatchOwnerResponse } } },
    ...problemResponses('AUTHENTICATION_ERROR', 'RESOURCE_NOT_FOUND', 'SERVICE_UNAVAILABLE'),
  },
})

export const batchOwner = (app: App, store: Pick<RunStore, 'read'>): void => {
  app.openapi(route, async (c) => {
    const { batch_id } = c.req.valid('param')
    const book = await bookOf(store, batch_id)
    const { expected_essay_count, course_code, registered_at } = registrationOf(book)
    const { org_id, content } = book
    const owner = { batch_id, user_id: book.user_id ?? '', org_id, content, expected_essay_count, course_code }
    const asOfNow = { has_prompt: hasPrompt(book), active: activityOf(book), positions: [...positionsOf(book)] }
    return c.json({ ...owner, registered_at: dateTimeOf(registered_at), ...asOfNow }, 200)
  })
}
