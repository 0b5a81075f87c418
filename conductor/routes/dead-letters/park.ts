import { createRoute } from '@hono/zod-openapi'
import { LetterBody } from '../../../shared/contracts/http/dead-letters.ts'
import type { App } from '../../../shared/http/app.ts'
import { deciderOf } from '../../../shared/http/audit.ts'
import { ProblemError } from '../../../shared/http/problem.ts'
import { problemResponses } from '../../../shared/http/problem-responses.ts'
import type { DeadLetterDesk } from '../../dead-letters/desk.ts'
import { LetterPath, letterBody } from './bodies.ts'
import { noSuchLetter } from './show.ts'

const route = createRoute({
  method: 'post',
  path: '/internal/v1/dead-letters/{letter_id}/park',
  summary: 'Put a dead letter aside: it stays, and redriving by filter passes it over',
  request: { params: LetterPath },
  responses: {
    200: { description: 'The letter, parked', content: { 'application/json': { schema: LetterBody } } },
    ...problemResponses(
      'AUTHENTICATION_ERROR',
      'RESOURCE_NOT_FOUND',
      'CONFLICT',
      'VALIDATION_ERROR',
      'KAFKA_PUBLISH_ERROR',
      'SERVICE_UNAVAILABLE',
      'CATCHING_UP',
    ),
  },
})

export const parkDeadLetter = (app: App, { desk }: { readonly desk: Pick<DeadLetterDesk, 'park'> }): void => {
  app.openapi(route, async (c) => {
    const letter = await desk.park(c.req.valid('param').letter_id, deciderOf(c))
    if (!letter) throw noSuchLetter()
    if (letter.decision?.verdict === 'redriven')
      throw new ProblemError({ code: 'CONFLICT', reason: 'redriven', detail: 'The letter was redriven already.' })
    return c.json(letterBody(letter), 200)
  })
}
