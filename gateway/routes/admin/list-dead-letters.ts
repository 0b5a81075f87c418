import { createRoute } from '@hono/zod-openapi'
import { LetterFilterBody, LettersCursor, LettersPage } from '../../../shared/contracts/http/dead-letters.ts'
import type { App } from '../../../shared/http/app.ts'
import type { GatewayEnv } from '../../env.ts'
import type { GatewayDeps } from '../../ports.ts'
import { access } from '../../sign-in/access.ts'
import { CursorText, readCursor, writeCursor } from '../cursor.ts'
import { json } from '../json.ts'
import { whole } from '../whole.ts'
import { LETTER, READ_REFUSALS } from './bodies.ts'

const Query = LetterFilterBody.extend({
  limit: whole(50, 1, 500),
  cursor: CursorText.optional(),
})

const route = createRoute({
  method: 'get',
  path: '/v1/admin/dead-letters',
  summary: 'Dead letters, newest first',
  ...access('operations', 'admin'),
  request: { query: Query },
  responses: {
    200: { description: 'A page', ...json(LettersPage, { letters: [LETTER], next_cursor: null }) },
    ...READ_REFUSALS,
  },
})

export const listDeadLetters = (app: App<GatewayEnv>, { conductor }: Pick<GatewayDeps, 'conductor'>): void => {
  app.openapi(route, async (c) => {
    const { cursor, ...query } = c.req.valid('query')
    const page = await conductor.letters(
      { ...query, cursor: readCursor(cursor, LettersCursor) },
      c.get('correlationId'),
    )
    return c.json({ letters: page.letters, next_cursor: writeCursor(page.next_cursor) }, 200)
  })
}
