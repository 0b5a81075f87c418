import { createRoute, z } from '@hono/zod-openapi'
import type { EssayStatus } from '../../shared/contracts/http/conductor.ts'
import { EssayFilter, EssaysPage } from '../../shared/contracts/http/lists.ts'
import { PassingError } from '../../shared/errors.ts'
import type { App } from '../../shared/http/app.ts'
import { ProblemError } from '../../shared/http/problem.ts'
import { problemResponses } from '../../shared/http/problem-responses.ts'
import { type BatchId, batchId } from '../../shared/ids.ts'
import type { Catalog } from '../../shared/pipelines/catalog.ts'
import type { BatchStore } from '../state/port.ts'
import { essayStatus, statusOf } from '../status/status.ts'
import { BatchPath } from './batch-path.ts'

const route = createRoute({
  method: 'get',
  path: '/internal/v1/batches/{batch_id}/essay-statuses',
  summary: "How each of a batch's essays stands, a page at a time",
  request: {
    params: BatchPath,
    query: EssayFilter.extend({
      cursor: z
        .string()
        .regex(/^\d{1,9}$/)
        .transform(Number)
        .default(0),
      limit: z
        .string()
        .regex(/^\d{1,4}$/)
        .transform(Number)
        .refine((limit) => limit >= 1 && limit <= 1_000, 'must be 1 to 1000')
        .default(100),
    }),
  },
  responses: {
    200: { description: 'A page', content: { 'application/json': { schema: EssaysPage } } },
    ...problemResponses(
      'AUTHENTICATION_ERROR',
      'RESOURCE_NOT_FOUND',
      'VALIDATION_ERROR',
      'SERVICE_UNAVAILABLE',
      'CATCHING_UP',
    ),
  },
})

/** How often a page is read anew when the facts move meanwhile. */
const TRIES = 5
/** Essays looked at for one page; with a filter it may hold fewer than were asked for, and still go on. */
const MAX_LOOKED_AT = 1_000

export interface ListEssaysDeps {
  readonly store: Pick<BatchStore, 'read' | 'essays'>
  readonly catalog: Catalog
}

/** In the order of the registration, so that a cursor means the same on every page. */
export const listEssays = (app: App, { store, catalog }: ListEssaysDeps): void => {
  const pageOf = async (id: BatchId, first: number, count: number, factsRevision: string) => {
    let revision = factsRevision
    for (let attempt = 0; attempt < TRIES; attempt++) {
      const page = await store.essays(id, { factsRevision: revision, first, count })
      if (!page.moved) return page
      revision = page.factsRevision
    }
    throw new PassingError('redis', `the facts moved during each of ${TRIES} reads`)
  }

  app.openapi(route, async (c) => {
    const { batch_id } = c.req.valid('param')
    const { cursor, limit, status, phase } = c.req.valid('query')
    if (phase !== undefined && !catalog.phases.has(phase)) throw unknownPhase(catalog)
    const id = batchId(batch_id)
    const snapshot = await store.read(id, { book: true })
    const whole = statusOf(snapshot, catalog)
    if (!whole) throw new ProblemError({ code: 'RESOURCE_NOT_FOUND', detail: 'There is no such batch.' })

    const count = status === undefined ? limit : MAX_LOOKED_AT
    const page = await pageOf(id, cursor, count, snapshot.factsRevision)
    const standing = page.essays.map(essayStatus)
    const isWanted = (essay: EssayStatus) => status === undefined || standingOf(essay, phase) === status
    const wanted = standing.flatMap((essay, index) => (isWanted(essay) ? [{ essay, index }] : []))
    const shown = wanted.slice(0, limit)
    // What was looked at but not shown is looked at again.
    const last = shown.at(-1)
    const next = wanted.length > limit && last ? cursor + last.index + 1 : page.next
    return c.json(
      {
        batch_id,
        user_id: whole.user_id,
        org_id: whole.org_id,
        revision: Number(snapshot.revision),
        essays: shown.map(({ essay }) => essay),
        next_cursor: next === null ? null : String(next),
      },
      200,
    )
  })
}

/** Of one phase, or of all: failed when it failed somewhere, succeeded when it did somewhere and failed nowhere. */
const standingOf = ({ refused, phases }: EssayStatus, phase: string | undefined): EssayFilter['status'] => {
  if (refused !== null) return 'refused'
  const outcomes = Object.entries(phases).flatMap(([name, { outcome }]) =>
    phase === undefined || name === phase ? [outcome] : [],
  )
  if (outcomes.includes('failed')) return 'failed'
  return outcomes.length > 0 ? 'succeeded' : 'pending'
}

const unknownPhase = ({ phases }: Catalog) =>
  new ProblemError({
    code: 'VALIDATION_ERROR',
    detail: 'There is no such phase.',
    errors: [{ pointer: '#query/phase', detail: `must be one of ${[...phases.keys()].sort().join(', ')}` }],
  })
