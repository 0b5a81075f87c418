import { createRoute, z } from '@hono/zod-openapi'
import { ClientStatus } from '../../shared/contracts/http/conductor.ts'
import { BatchesCursor, BatchSummary } from '../../shared/contracts/http/lists.ts'
import type { App } from '../../shared/http/app.ts'
import { ProblemError } from '../../shared/http/problem.ts'
import { problemResponses } from '../../shared/http/problem-responses.ts'
import type { GatewayEnv, User } from '../env.ts'
import type { GatewayDeps } from '../ports.ts'
import { access } from '../sign-in/access.ts'
import { CursorText, readCursor, writeCursor } from './cursor.ts'
import { SUMMARY } from './examples.ts'
import { json } from './json.ts'
import { READ_PROBLEMS } from './problems.ts'
import { whole } from './whole.ts'

const Query = z.strictObject({
  status: ClientStatus.optional().openapi({ description: 'Only those that stand so now' }),
  of: z
    .enum(['me', 'organisation'])
    .default('me')
    .openapi({ description: "An admin may see all of the organisation's" }),
  limit: whole(20, 1, 100),
  cursor: CursorText.optional().openapi({
    description: '`next_cursor` of the page before; left out, the newest batches',
  }),
})

const Batches = z
  .object({
    batches: z.array(BatchSummary),
    pagination: z.object({
      limit: z.int(),
      total: z
        .int()
        .nullable()
        .openapi({ description: 'How many match in all; null with `status` for who has more than 1,000 batches' }),
      next_cursor: z
        .string()
        .nullable()
        .openapi({ description: 'Null at the end; a page before the end may hold fewer than limit' }),
    }),
  })
  .openapi('Batches')

const route = createRoute({
  method: 'get',
  path: '/v1/batches',
  summary: 'My batches, newest first',
  ...access('batches:read', 'teacher', 'admin', 'service'),
  request: { query: Query },
  responses: {
    200: {
      description: 'A page',
      ...json(Batches, { batches: [SUMMARY], pagination: { limit: 20, total: 1, next_cursor: null } }),
    },
    ...problemResponses(...READ_PROBLEMS),
  },
})

export const listBatches = (app: App<GatewayEnv>, { conductor }: Pick<GatewayDeps, 'conductor'>): void => {
  app.openapi(route, async (c) => {
    const { status, of, limit, cursor } = c.req.valid('query')
    const found = await conductor.batches(
      { ...ownerOf(c.get('user'), of), status, limit, cursor: readCursor(cursor, BatchesCursor) },
      c.get('correlationId'),
    )
    const pagination = { limit, total: found.total, next_cursor: writeCursor(found.next_cursor) }
    return c.json({ batches: found.batches, pagination }, 200)
  })
}

const ownerOf = ({ userId, orgId, roles }: User, of: 'me' | 'organisation') => {
  if (of === 'me') return { user_id: userId }
  if (roles.includes('admin') && orgId !== null) return { org_id: orgId }
  throw new ProblemError({
    code: 'AUTHORIZATION_ERROR',
    reason: 'role_required',
    detail: "An organisation's batches are for its admins.",
  })
}
