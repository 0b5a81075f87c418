import { createRoute } from '@hono/zod-openapi'
import { RedriveRequest, RedriveResponse } from '../../../shared/contracts/http/dead-letters.ts'
import type { App } from '../../../shared/http/app.ts'
import { deciderOf } from '../../../shared/http/audit.ts'
import { problemResponses } from '../../../shared/http/problem-responses.ts'
import type { DeadLetterDesk, Redriven, RedriveOutcome } from '../../dead-letters/desk.ts'
import { filterOf } from './bodies.ts'

const route = createRoute({
  method: 'post',
  path: '/internal/v1/dead-letters/redrive',
  summary: 'Send dead letters to where they came from; without `dry_run: false` only say what would happen',
  request: { body: { required: true, content: { 'application/json': { schema: RedriveRequest } } } },
  responses: {
    200: { description: 'What became of each letter', content: { 'application/json': { schema: RedriveResponse } } },
    ...problemResponses(
      'INVALID_REQUEST',
      'AUTHENTICATION_ERROR',
      'VALIDATION_ERROR',
      'KAFKA_PUBLISH_ERROR',
      'SERVICE_UNAVAILABLE',
      'CATCHING_UP',
    ),
  },
})

/** A filter that names no state means letters about which nothing was decided. */
export const redriveDeadLetters = (app: App, { desk }: { readonly desk: Pick<DeadLetterDesk, 'redrive'> }): void => {
  app.openapi(route, async (c) => {
    const { letter_ids, filter, limit, dry_run } = c.req.valid('json')
    const selection = letter_ids ? { letterIds: letter_ids } : { filter: filterOf({ state: 'open', ...filter }), limit }
    const { results, more } = await desk.redrive(selection, dry_run ? 'preview' : deciderOf(c))
    return c.json({ dry_run, counts: countsOf(results), results: results.map(shown), more }, 200)
  })
}

const shown = ({ letterId, letter, outcome, position }: Redriven): RedriveResponse['results'][number] => ({
  letter_id: letterId,
  topic: letter?.head.topic ?? null,
  batch_id: letter?.head.batchId ?? null,
  outcome,
  partition: position?.partition ?? null,
  offset: position?.offset ?? null,
})

const countsOf = (results: readonly Redriven[]): Partial<Record<RedriveOutcome, number>> => {
  const counts: Partial<Record<RedriveOutcome, number>> = {}
  for (const { outcome } of results) counts[outcome] = (counts[outcome] ?? 0) + 1
  return counts
}
