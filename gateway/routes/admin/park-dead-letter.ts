import { createRoute } from '@hono/zod-openapi'
import { LetterBody } from '../../../shared/contracts/http/dead-letters.ts'
import type { App } from '../../../shared/http/app.ts'
import { problemResponses } from '../../../shared/http/problem-responses.ts'
import type { GatewayEnv } from '../../env.ts'
import { passOn } from '../../pass-on.ts'
import type { GatewayDeps } from '../../ports.ts'
import { access } from '../../sign-in/access.ts'
import { json } from '../json.ts'
import { CHANGE_REFUSALS, LETTER, LetterPath, NO_SUCH_LETTER } from './bodies.ts'

const route = createRoute({
  method: 'post',
  path: '/v1/admin/dead-letters/{letter_id}/park',
  summary: 'Put a dead letter aside: it stays, and redriving by filter passes it over',
  ...access('operations', 'admin'),
  request: { params: LetterPath },
  responses: {
    200: { description: 'The letter, parked', ...json(LetterBody, { ...LETTER, state: 'parked' }) },
    ...CHANGE_REFUSALS,
    ...NO_SUCH_LETTER,
    ...problemResponses('CONFLICT'),
  },
})

export const parkDeadLetter = (app: App<GatewayEnv>, { conductor }: Pick<GatewayDeps, 'conductor'>): void => {
  app.openapi(route, async (c) => {
    const caller = { user: c.get('user'), correlationId: c.get('correlationId') }
    return c.json(await passOn(route, conductor.park(c.req.valid('param').letter_id, caller)), 200)
  })
}
