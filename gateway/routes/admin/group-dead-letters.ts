import { createRoute } from '@hono/zod-openapi'
import { LetterFilterBody, LetterGroupsBody } from '../../../shared/contracts/http/dead-letters.ts'
import type { App } from '../../../shared/http/app.ts'
import type { GatewayEnv } from '../../env.ts'
import type { GatewayDeps } from '../../ports.ts'
import { access } from '../../sign-in/access.ts'
import { json } from '../json.ts'
import { LETTER, READ_REFUSALS } from './bodies.ts'

const { topic, reason, at: first_at, error: example } = LETTER
const GROUP = {
  topic,
  reason,
  cause: 'data_invalid: /data/phase_name',
  count: 3,
  open: 3,
  first_at,
  last_at: first_at,
  example,
}

const route = createRoute({
  method: 'get',
  path: '/v1/admin/dead-letters/groups',
  summary: 'Dead letters by what they died of, the largest group first',
  ...access('operations', 'admin'),
  request: { query: LetterFilterBody },
  responses: { 200: { description: 'The groups', ...json(LetterGroupsBody, { groups: [GROUP] }) }, ...READ_REFUSALS },
})

export const groupDeadLetters = (app: App<GatewayEnv>, { conductor }: Pick<GatewayDeps, 'conductor'>): void => {
  app.openapi(route, async (c) =>
    c.json(await conductor.letterGroups(c.req.valid('query'), c.get('correlationId')), 200),
  )
}
