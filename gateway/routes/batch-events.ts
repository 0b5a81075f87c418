import { createRoute, z } from '@hono/zod-openapi'
import { BatchSnapshot } from '../../shared/contracts/http/snapshots.ts'
import type { App } from '../../shared/http/app.ts'
import { problemResponses } from '../../shared/http/problem-responses.ts'
import type { GatewayEnv } from '../env.ts'
import type { Live } from '../live/create.ts'
import { sseResponse } from '../live/sse.ts'
import { access } from '../sign-in/access.ts'
import { signedInUntil } from '../sign-in/until.ts'
import { EVENTS_EXAMPLE } from './examples.ts'
import { BatchPath } from './path.ts'
import { BATCH_PROBLEMS } from './problems.ts'
import { ResumeHeaders, ResumeQuery, resumeFrom } from './resume.ts'

const route = createRoute({
  method: 'get',
  path: '/v1/batches/{batch_id}/events',
  summary: 'How a batch stands, live',
  description:
    'Server-sent events. `snapshot`: the whole status without essays; its id is the revision, which only grows. `hold`: what was sent may not be the newest for now. `live`: it is. `end`: the stream ends, and why. A stream stays open when a run ends.',
  ...access('batches:read', 'teacher', 'admin', 'service'),
  request: { params: BatchPath, query: ResumeQuery, headers: ResumeHeaders },
  responses: {
    200: {
      description: 'The stream',
      content: { 'text/event-stream': { schema: z.string(), example: EVENTS_EXAMPLE } },
    },
    ...problemResponses(...BATCH_PROBLEMS),
  },
})

export const batchEvents = (app: App<GatewayEnv>, { live }: { readonly live: Pick<Live, 'openBatch'> }): void => {
  // What stands in `data:` cannot be said in the route's own description.
  app.openAPIRegistry.register('BatchSnapshot', BatchSnapshot)
  app.openapi(route, async (c) => {
    const stream = await live.openBatch({
      batchId: c.req.valid('param').batch_id,
      user: c.get('user'),
      until: signedInUntil(c),
      correlationId: c.get('correlationId'),
      after: resumeFrom(c.req.valid('query').after, c.req.valid('header')['last-event-id']),
      transport: 'sse',
    })
    return sseResponse(stream)
  })
}
