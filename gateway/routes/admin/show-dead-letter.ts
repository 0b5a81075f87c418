import { createRoute } from '@hono/zod-openapi'
import { LetterDetail } from '../../../shared/contracts/http/dead-letters.ts'
import type { App } from '../../../shared/http/app.ts'
import type { GatewayEnv } from '../../env.ts'
import { passOn } from '../../pass-on.ts'
import type { GatewayDeps } from '../../ports.ts'
import { access } from '../../sign-in/access.ts'
import { json } from '../json.ts'
import { LETTER, LetterPath, NO_SUCH_LETTER, READ_REFUSALS } from './bodies.ts'

const route = createRoute({
  method: 'get',
  path: '/v1/admin/dead-letters/{letter_id}',
  summary: 'One dead letter, with its raw bytes',
  ...access('operations', 'admin'),
  request: { params: LetterPath },
  responses: {
    200: {
      description: 'The letter',
      ...json(LetterDetail, { ...LETTER, letter: { schema_version: 1, raw_value_base64: 'bm90IGpzb24=' } }),
    },
    ...READ_REFUSALS,
    ...NO_SUCH_LETTER,
  },
})

export const showDeadLetter = (app: App<GatewayEnv>, { conductor }: Pick<GatewayDeps, 'conductor'>): void => {
  app.openapi(route, async (c) => {
    const letter = conductor.letter(c.req.valid('param').letter_id, c.get('correlationId'))
    return c.json(await passOn(route, letter), 200)
  })
}
