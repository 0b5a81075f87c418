import { createRoute, z } from '@hono/zod-openapi'
import type { App } from '../../../shared/http/app.ts'
import { type HealthCheck, readinessOf } from '../../../shared/http/health.ts'
import { problemResponses } from '../../../shared/http/problem-responses.ts'
import type { GatewayEnv } from '../../env.ts'
import type { GatewayDeps } from '../../ports.ts'
import { access } from '../../sign-in/access.ts'
import { json } from '../json.ts'
import { PROBLEMS } from '../problems.ts'

const Part = z.object({
  status: z.enum(['ready', 'not_ready', 'unreachable']),
  dependencies: z.record(
    z.string(),
    z.object({ status: z.enum(['ready', 'not_ready']), warnings: z.array(z.string()).optional() }),
  ),
})
const Health = z
  .object({ status: z.enum(['ready', 'not_ready']), services: z.record(z.string(), Part) })
  .openapi('OperationsHealth')

const READY = { status: 'ready' as const, dependencies: { log: { status: 'ready' as const } } }

const route = createRoute({
  method: 'get',
  path: '/v1/admin/health',
  summary: 'Whether each service can do its work now, and what is in the way',
  ...access('operations', 'admin'),
  responses: {
    200: {
      description: 'As of now, also when something is not ready',
      ...json(Health, { status: 'ready', services: { gateway: READY, conductor: READY, orchestrator: READY } }),
    },
    ...problemResponses(...PROBLEMS),
  },
})

type Deps = Pick<GatewayDeps, 'conductor' | 'orchestrator' | 'health'>

export const showHealth = (app: App<GatewayEnv>, { conductor, orchestrator, health }: Deps): void => {
  app.openapi(route, async (c) => {
    const correlation = c.get('correlationId')
    const [own, others] = await Promise.all([
      ownHealth(health.checks),
      Promise.all([conductor.health(correlation), orchestrator.health(correlation)]),
    ])
    const services = { gateway: own, conductor: others[0], orchestrator: others[1] }
    const isReady = Object.values(services).every(({ status }) => status === 'ready')
    return c.json({ status: isReady ? ('ready' as const) : ('not_ready' as const), services }, 200)
  })
}

const ownHealth = async (checks: readonly HealthCheck[]) => {
  const { dependencies, missing } = await readinessOf(checks)
  return { status: missing.length === 0 ? ('ready' as const) : ('not_ready' as const), dependencies }
}
