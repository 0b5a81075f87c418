import { createRoute } from '@hono/zod-openapi'
import { BatchState } from '../../shared/contracts/http/operations.ts'
import { dateTimeOf } from '../../shared/contracts/wire.ts'
import type { App } from '../../shared/http/app.ts'
import { ProblemError } from '../../shared/http/problem.ts'
import { problemResponses } from '../../shared/http/problem-responses.ts'
import { batchId } from '../../shared/ids.ts'
import { BROKEN, readStamp } from '../state/facts.ts'
import type { BatchRegisters, BatchStore } from '../state/port.ts'
import { BatchPath } from './batch-path.ts'

const route = createRoute({
  method: 'get',
  path: '/internal/v1/batches/{batch_id}/state',
  summary: 'All that is kept of a batch: facts, run book and revision',
  request: { params: BatchPath },
  responses: {
    200: { description: 'As it stands now', content: { 'application/json': { schema: BatchState } } },
    ...problemResponses(
      'AUTHENTICATION_ERROR',
      'RESOURCE_NOT_FOUND',
      'VALIDATION_ERROR',
      'SERVICE_UNAVAILABLE',
      'CATCHING_UP',
    ),
  },
})

/** Unlike the status it is there as soon as anything is known, also before the batch is registered. */
export const batchState = (app: App, { store }: { readonly store: Pick<BatchStore, 'read'> }): void => {
  app.openapi(route, async (c) => {
    const { batch_id } = c.req.valid('param')
    const snapshot = await store.read(batchId(batch_id), { book: true })
    const { revision, factsRevision, registration, content, tally, book, registers } = snapshot
    if (revision === '0') throw new ProblemError({ code: 'RESOURCE_NOT_FOUND', detail: 'There is no such batch.' })
    return c.json(
      {
        batch_id,
        revision,
        facts_revision: factsRevision,
        content,
        registration,
        tally: tally.map(({ signature, count }) => ({
          refused: signature.refused,
          phases: Object.fromEntries(signature.phases),
          count,
        })),
        broken: brokenPhases(registers.batch),
        run_book: book,
      },
      200,
    )
  })
}

const brokenPhases = (registers: BatchRegisters['batch']): Record<string, string> =>
  Object.fromEntries(
    Object.entries(registers).flatMap(([register, stamp]) =>
      register.startsWith(BROKEN)
        ? [[register.slice(BROKEN.length), dateTimeOf(readStamp(stamp).at / 1_000)] as const]
        : [],
    ),
  )
