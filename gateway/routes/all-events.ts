import { createRoute, z } from '@hono/zod-openapi'
import type { App } from '../../shared/http/app.ts'
import { problemResponses } from '../../shared/http/problem-responses.ts'
import type { GatewayEnv } from '../env.ts'
import type { Live } from '../live/create.ts'
import { sseResponse } from '../live/sse.ts'
import { access } from '../sign-in/access.ts'
import { signedInUntil } from '../sign-in/until.ts'
import { EVENTS_EXAMPLE } from './examples.ts'
import { READ_PROBLEMS } from './problems.ts'
import { ResumeQuery } from './resume.ts'

const route = createRoute({
  method: 'get',
  path: '/v1/events',
  summary: 'How all of your batches stand, live',
  description:
    'The events of `/v1/batches/{batch_id}/events` for your 100 newest batches, and for those that are registered while the stream is open. It always begins with a snapshot of each: a client keeps the newest by `details.revision`.',
  ...access('batches:read', 'teacher', 'admin', 'service'),
  request: { query: ResumeQuery.pick({ ticket: true }) },
  responses: {
    200: {
      description: 'The stream',
      content: { 'text/event-stream': { schema: z.string(), example: EVENTS_EXAMPLE } },
    },
    ...problemResponses(...READ_PROBLEMS),
  },
})

export const allEvents = (app: App<GatewayEnv>, { live }: { readonly live: Pick<Live, 'openAll'> }): void => {
  app.openapi(route, async (c) => {
    const stream = await live.openAll({ user: c.get('user'), until: signedInUntil(c), transport: 'sse' })
    return sseResponse(stream)
  })
}
