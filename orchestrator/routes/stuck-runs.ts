import { createRoute, z } from '@hono/zod-openapi'
import { StuckResponse } from '../../shared/contracts/http/orchestrator.ts'
import type { App } from '../../shared/http/app.ts'
import { problemResponses } from '../../shared/http/problem-responses.ts'
import type { WaitingList } from '../waiting.ts'

const route = createRoute({
  method: 'get',
  path: '/internal/v1/runs/stuck',
  summary: 'What waits for long: for what, since when, and which call ends it',
  request: {
    query: z.object({
      older_than_seconds: z.coerce.number().int().min(0).max(31_536_000).default(300),
      limit: z.coerce.number().int().min(1).max(1_000).default(100),
    }),
  },
  responses: {
    200: { description: 'The oldest first', content: { 'application/json': { schema: StuckResponse } } },
    ...problemResponses('AUTHENTICATION_ERROR', 'VALIDATION_ERROR', 'SERVICE_UNAVAILABLE'),
  },
})

export const stuckRuns = (app: App, waiting: Pick<WaitingList, 'list'>): void => {
  app.openapi(route, async (c) => {
    const { older_than_seconds, limit } = c.req.valid('query')
    return c.json(await waiting.list(older_than_seconds * 1_000, limit), 200)
  })
}
