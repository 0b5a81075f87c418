import { createRoute, z } from '@hono/zod-openapi'
import type { App } from '../../shared/http/app.ts'
import { problemResponses } from '../../shared/http/problem-responses.ts'
import type { GatewayEnv } from '../env.ts'
import { access } from '../sign-in/access.ts'
import { signedInUntil } from '../sign-in/until.ts'
import type { Tickets } from '../tickets/tickets.ts'
import { json } from './json.ts'
import { PROBLEMS } from './problems.ts'

const StreamTicket = z
  .object({
    ticket: z.string().openapi({ description: 'For `?ticket=` of a stream; good once' }),
    expires_in: z.int().openapi({ description: 'Seconds until it cannot be used any more' }),
  })
  .openapi('StreamTicket')

const route = createRoute({
  method: 'post',
  path: '/v1/stream-tickets',
  summary: 'A one-time ticket for a stream',
  description:
    'For the EventSource and the WebSocket of a browser, which cannot send Authorization. A stream opened by it ends when the token of this request does.',
  ...access('batches:read', 'teacher', 'admin', 'service'),
  responses: {
    201: {
      description: 'The ticket',
      ...json(StreamTicket, { ticket: 'JxV0c1Yb6k3cVq8h2n5r7t9w1y3A5C7E9G1I3K5M7O8', expires_in: 30 }),
    },
    ...problemResponses(...PROBLEMS, 'SERVICE_UNAVAILABLE'),
  },
})

export const issueStreamTicket = (app: App<GatewayEnv>, { tickets }: { readonly tickets: Tickets }): void => {
  app.openapi(route, async (c) => {
    const { ticket, expiresInMs } = await tickets.issue({ user: userOf(c.get('user')), until: signedInUntil(c) })
    return c.json({ ticket, expires_in: Math.floor(expiresInMs / 1_000) }, 201)
  })
}

const userOf = (user: GatewayEnv['Variables']['user']) => ({
  ...user,
  roles: [...user.roles],
  scopes: user.scopes && [...user.scopes],
})
