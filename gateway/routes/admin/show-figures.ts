import { createRoute, z } from '@hono/zod-openapi'
import type { App } from '../../../shared/http/app.ts'
import { problemResponses } from '../../../shared/http/problem-responses.ts'
import type { GatewayEnv } from '../../env.ts'
import type { GatewayDeps } from '../../ports.ts'
import { access } from '../../sign-in/access.ts'
import { json } from '../json.ts'
import { PROBLEMS } from '../problems.ts'

const Figures = z
  .object({
    requests: z.int().openapi({ description: 'Answers of this gateway since it started' }),
    published: z.int().openapi({ description: 'Messages of this gateway that the log acknowledged' }),
    lag: z
      .array(z.object({ service: z.string(), group: z.string(), topic: z.string(), records: z.int() }))
      .openapi({ description: 'Records that consumers have not applied yet' }),
    missing: z.array(z.string()).openapi({ description: 'Services that did not say theirs' }),
  })
  .openapi('Figures')

const LAG = { service: 'conductor', group: 'facts', topic: 'huleedu.essay.nlp.completed.v1', records: 12 }

const route = createRoute({
  method: 'get',
  path: '/v1/admin/figures',
  summary: 'Counters and lag as of now, to be plotted; for history ask Prometheus',
  ...access('operations', 'admin'),
  responses: {
    200: {
      description: 'As of now',
      ...json(Figures, { requests: 4_711, published: 312, lag: [LAG], missing: [] }),
    },
    ...problemResponses(...PROBLEMS),
  },
})

export const showFigures = (app: App<GatewayEnv>, { figures }: Pick<GatewayDeps, 'figures'>): void => {
  app.openapi(route, async (c) => {
    const { requests, published, lag, missing } = await figures()
    return c.json({ requests, published, lag: [...lag], missing: [...missing] }, 200)
  })
}
