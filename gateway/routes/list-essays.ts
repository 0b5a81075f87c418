import { createRoute, z } from '@hono/zod-openapi'
import { ClientText } from '../../shared/contracts/http/client-text.ts'
import { EssayStatus } from '../../shared/contracts/http/conductor.ts'
import type { App } from '../../shared/http/app.ts'
import { wrongValues } from '../../shared/http/problem.ts'
import { problemResponses } from '../../shared/http/problem-responses.ts'
import type { GatewayEnv } from '../env.ts'
import type { Owners } from '../owners.ts'
import type { GatewayDeps } from '../ports.ts'
import { access } from '../sign-in/access.ts'
import { BATCH_ID, DETAILS, ESSAYS } from './examples.ts'
import { json } from './json.ts'
import { BatchPath } from './path.ts'
import { BATCH_PROBLEMS } from './problems.ts'
import { whole } from './whole.ts'

const Query = z.strictObject({
  status: z.enum(['pending', 'succeeded', 'failed', 'refused']).optional().openapi({
    description:
      'failed: in some phase; succeeded: in some and failed in none; refused: by content validation; pending: nothing is known yet',
  }),
  phase: ClientText(100)
    .optional()
    .openapi({ description: 'Judges `status` by this phase alone', example: 'spellcheck' }),
  limit: whole(100, 1, 1_000),
  cursor: z
    .string()
    .regex(/^\d{1,9}$/, 'must be the next_cursor of another page')
    .optional()
    .openapi({ description: '`next_cursor` of the page before' }),
})

const Essays = z
  .object({
    batch_id: z.string(),
    revision: z.int(),
    essays: z.array(EssayStatus),
    next_cursor: z
      .string()
      .nullable()
      .openapi({ description: 'Null at the end; a page before the end may hold fewer than limit' }),
  })
  .openapi('Essays')

const route = createRoute({
  method: 'get',
  path: '/v1/batches/{batch_id}/essays',
  summary: 'All essays of a batch, in the order of the registration',
  ...access('batches:read', 'teacher', 'admin', 'service'),
  request: { params: BatchPath, query: Query },
  responses: {
    200: {
      description: 'A page',
      ...json(Essays, { batch_id: BATCH_ID, revision: DETAILS.revision, essays: ESSAYS, next_cursor: null }),
    },
    ...problemResponses(...BATCH_PROBLEMS),
  },
})

type Deps = Pick<GatewayDeps, 'conductor' | 'catalog'> & { readonly owners: Owners }

export const listEssays = (app: App<GatewayEnv>, { conductor, catalog, owners }: Deps): void => {
  app.openapi(route, async (c) => {
    const { batch_id } = c.req.valid('param')
    const query = c.req.valid('query')
    if (query.phase !== undefined && !catalog.phases.has(query.phase)) throw unknownPhase([...catalog.phases.keys()])
    const correlation = c.get('correlationId')
    await owners.require(batch_id, c.get('user'), correlation)
    const found = await conductor.essays(batch_id, query, correlation)
    // Registered, and not heard of by the conductor yet: nothing is known of its essays.
    const { revision, essays, next_cursor } = found ?? { revision: 0, essays: [], next_cursor: null }
    return c.json({ batch_id, revision, essays, next_cursor }, 200)
  })
}

const unknownPhase = (phases: readonly string[]) =>
  wrongValues([{ pointer: '#query/phase', detail: `must be one of ${phases.toSorted().join(', ')}` }])
