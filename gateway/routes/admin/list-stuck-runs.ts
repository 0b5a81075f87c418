import { createRoute, z } from '@hono/zod-openapi'
import { StuckResponse, type Waiting } from '../../../shared/contracts/http/orchestrator.ts'
import type { App } from '../../../shared/http/app.ts'
import type { GatewayEnv } from '../../env.ts'
import type { GatewayDeps } from '../../ports.ts'
import { access } from '../../sign-in/access.ts'
import { BATCH_ID, RUN_ID } from '../examples.ts'
import { json } from '../json.ts'
import { whole } from '../whole.ts'
import { READ_REFUSALS } from './bodies.ts'

const Query = z.strictObject({
  older_than_seconds: whole(300, 0, 31_536_000),
  limit: whole(100, 1, 1_000),
})

const EXAMPLE: Waiting = {
  batch_id: BATCH_ID,
  run_id: RUN_ID,
  waits_for: 'phase_outcome',
  phase: 'nlp',
  since: '2026-02-03T08:15:32.000000Z',
  until: '2026-02-03T08:45:32.000000Z',
  overdue: false,
  advice: 'The specialist has not answered. The run ends by itself at the deadline and can be retried; or cancel it.',
  fix: { method: 'POST', path: `/v1/admin/batches/${BATCH_ID}/cancel` },
}

const route = createRoute({
  method: 'get',
  path: '/v1/admin/stuck-runs',
  summary: 'What waits for long: for what, since when, and which call ends it; the oldest first',
  description:
    'A `fix` is a call of this API. Where there is none, `advice` says what ends it: time, or whoever runs the services, ' +
    'whom the orchestrator itself tells its own call.',
  ...access('operations', 'admin'),
  request: { query: Query },
  responses: {
    200: { description: 'What waits', ...json(StuckResponse, { waiting: [EXAMPLE], truncated: false }) },
    ...READ_REFUSALS,
  },
})

const CANCEL = /^\/internal\/v1(\/batches\/[^/]+\/cancel)$/

/** The route that an admin has for what the orchestrator names, where there is one: nobody here can call an internal one. */
const publicFix = ({ fix, ...waiting }: Waiting): Waiting => {
  const [, path] = CANCEL.exec(fix?.path ?? '') ?? []
  return { ...waiting, fix: path === undefined ? null : { method: 'POST', path: `/v1/admin${path}` } }
}

export const listStuckRuns = (app: App<GatewayEnv>, { orchestrator }: Pick<GatewayDeps, 'orchestrator'>): void => {
  app.openapi(route, async (c) => {
    const { waiting, truncated } = await orchestrator.stuck(c.req.valid('query'), c.get('correlationId'))
    return c.json({ waiting: waiting.map(publicFix), truncated }, 200)
  })
}
