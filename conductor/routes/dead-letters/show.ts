import { createRoute, z } from '@hono/zod-openapi'
import { LetterDetail } from '../../../shared/contracts/http/dead-letters.ts'
import type { App } from '../../../shared/http/app.ts'
import { ProblemError } from '../../../shared/http/problem.ts'
import { problemResponses } from '../../../shared/http/problem-responses.ts'
import type { LetterSearch } from '../../dead-letters/search.ts'
import { LetterPath, letterBody } from './bodies.ts'

const route = createRoute({
  method: 'get',
  path: '/internal/v1/dead-letters/{letter_id}',
  summary: 'One dead letter, with its raw bytes',
  request: { params: LetterPath },
  responses: {
    200: { description: 'The letter', content: { 'application/json': { schema: LetterDetail } } },
    ...problemResponses(
      'AUTHENTICATION_ERROR',
      'RESOURCE_NOT_FOUND',
      'VALIDATION_ERROR',
      'SERVICE_UNAVAILABLE',
      'CATCHING_UP',
    ),
  },
})

const Whole = z.record(z.string(), z.unknown())

export const showDeadLetter = (app: App, { search }: { readonly search: Pick<LetterSearch, 'find'> }): void => {
  app.openapi(route, async (c) => {
    const letter = await search.find(c.req.valid('param').letter_id)
    if (!letter) throw noSuchLetter()
    return c.json({ ...letterBody(letter), letter: Whole.parse(JSON.parse(letter.body)) }, 200)
  })
}

export const noSuchLetter = (): ProblemError =>
  new ProblemError({ code: 'RESOURCE_NOT_FOUND', detail: 'There is no such dead letter.' })
