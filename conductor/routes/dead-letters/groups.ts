import { createRoute } from '@hono/zod-openapi'
import { LetterFilterBody, LetterGroupsBody } from '../../../shared/contracts/http/dead-letters.ts'
import { dateTimeOf } from '../../../shared/contracts/wire.ts'
import type { App } from '../../../shared/http/app.ts'
import { problemResponses } from '../../../shared/http/problem-responses.ts'
import type { LetterSearch } from '../../dead-letters/search.ts'
import { filterOf } from './bodies.ts'

const route = createRoute({
  method: 'get',
  path: '/internal/v1/dead-letters/groups',
  summary: 'Dead letters by what they died of, the largest group first',
  request: { query: LetterFilterBody },
  responses: {
    200: { description: 'The groups', content: { 'application/json': { schema: LetterGroupsBody } } },
    ...problemResponses('AUTHENTICATION_ERROR', 'VALIDATION_ERROR', 'SERVICE_UNAVAILABLE', 'CATCHING_UP'),
  },
})

/** Letters looked at: reading them all is linear. */
const LIMIT = 50_000

export const groupDeadLetters = (app: App, { search }: { readonly search: Pick<LetterSearch, 'groups'> }): void => {
  app.openapi(route, async (c) => {
    const groups = await search.groups(filterOf(c.req.valid('query')), LIMIT)
    const shown = groups.map(({ firstAt, lastAt, ...group }) => ({
      ...group,
      first_at: dateTimeOf(firstAt),
      last_at: dateTimeOf(lastAt),
    }))
    return c.json({ groups: shown }, 200)
  })
}
