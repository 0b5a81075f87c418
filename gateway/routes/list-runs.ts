import { createRoute, z } from '@hono/zod-openapi'
import { RequestView, RunView } from '../../shared/contracts/http/run-view.ts'
import type { App } from '../../shared/http/app.ts'
import { problemResponses } from '../../shared/http/problem-responses.ts'
import type { GatewayEnv } from '../env.ts'
import type { Owners } from '../owners.ts'
import type { GatewayDeps } from '../ports.ts'
import { access } from '../sign-in/access.ts'
import { BATCH_ID, DETAILS, REQUEST, RUN } from './examples.ts'
import { json } from './json.ts'
import { BatchPath } from './path.ts'
import { BATCH_PROBLEMS } from './problems.ts'

const Runs = z
  .object({
    batch_id: z.string(),
    revision: z.int(),
    runs: z.array(RunView),
    requests: z.array(RequestView),
  })
  .openapi('Runs')

const route = createRoute({
  method: 'get',
  path: '/v1/batches/{batch_id}/runs',
  summary: "A batch's last 20 runs and requests, newest first",
  ...access('batches:read', 'teacher', 'admin', 'service'),
  request: { params: BatchPath },
  responses: {
    200: {
      description: 'All that is kept',
      ...json(Runs, { batch_id: BATCH_ID, revision: DETAILS.revision, runs: [RUN], requests: [REQUEST] }),
    },
    ...problemResponses(...BATCH_PROBLEMS),
  },
})

type Deps = Pick<GatewayDeps, 'conductor'> & { readonly owners: Owners }

export const listRuns = (app: App<GatewayEnv>, { conductor, owners }: Deps): void => {
  app.openapi(route, async (c) => {
    const { batch_id } = c.req.valid('param')
    const correlation = c.get('correlationId')
    await owners.require(batch_id, c.get('user'), correlation)
    const found = await conductor.runs(batch_id, correlation)
    const { revision, runs, requests } = found ?? { revision: 0, runs: [], requests: [] }
    return c.json({ batch_id, revision, runs, requests }, 200)
  })
}
