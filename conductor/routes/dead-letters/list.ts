import { createRoute, z } from '@hono/zod-openapi'
import { LetterFilterBody, LettersCursor, LettersPage } from '../../../shared/contracts/http/dead-letters.ts'
import type { App } from '../../../shared/http/app.ts'
import { problemResponses } from '../../../shared/http/problem-responses.ts'
import type { LetterSearch } from '../../dead-letters/search.ts'
import { filterOf, letterBody } from './bodies.ts'

const route = createRoute({
  method: 'get',
  path: '/internal/v1/dead-letters',
  summary: 'Dead letters, newest first',
  request: {
    query: LetterFilterBody.extend({
      limit: z.coerce.number().int().min(1).max(500).default(50),
      cursor: LettersCursor.optional(),
    }),
  },
  responses: {
    200: { description: 'A page', content: { 'application/json': { schema: LettersPage } } },
    ...problemResponses('AUTHENTICATION_ERROR', 'VALIDATION_ERROR', 'SERVICE_UNAVAILABLE', 'CATCHING_UP'),
  },
})

export const listDeadLetters = (app: App, { search }: { readonly search: Pick<LetterSearch, 'list'> }): void => {
  app.openapi(route, async (c) => {
    const { limit, cursor, ...filter } = c.req.valid('query')
    const { letters, next } = await search.list(filterOf(filter), cursor ?? null, limit)
    return c.json({ letters: letters.map(letterBody), next_cursor: next }, 200)
  })
}
