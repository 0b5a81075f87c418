import { createRoute } from '@hono/zod-openapi'
import type { App } from '../../../shared/http/app.ts'
import type { GatewayEnv } from '../../env.ts'
import { byKey, type OnceDeps } from '../../idempotency/middleware.ts'
import { noSuchBatch } from '../../owners.ts'
import { passOn } from '../../pass-on.ts'
import type { GatewayDeps } from '../../ports.ts'
import { access } from '../../sign-in/access.ts'
import { cancelling } from '../cancel-batch.ts'

const route = createRoute({
  method: 'post',
  path: '/v1/admin/batches/{batch_id}/cancel',
  summary: 'End what a batch waits for, whoever it belongs to',
  description: 'What the list of stuck runs names. The audit notes who asked.',
  ...access('operations', 'admin'),
  ...cancelling,
})

/** The orchestrator lets owners cancel, so it is asked in the owner's name. */
export const cancelAnyBatch = (
  app: App<GatewayEnv>,
  { orchestrator, once }: Pick<GatewayDeps, 'orchestrator'> & OnceDeps,
): void => {
  app.openapi(byKey(route, once), async (c) => {
    const { batch_id } = c.req.valid('param')
    const correlationId = c.get('correlationId')
    const owner = await orchestrator.owner(batch_id, correlationId)
    if (!owner) throw noSuchBatch()
    const caller = { user: { ...c.get('user'), userId: owner.user_id }, correlationId }
    const cancelled = orchestrator.cancel(batch_id, c.req.valid('json'), caller, c.get('requestId'))
    return c.json(await passOn(route, cancelled), 200)
  })
}
