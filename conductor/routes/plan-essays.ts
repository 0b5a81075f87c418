import { createRoute, z } from '@hono/zod-openapi'
import { PlanEssaysPage } from '../../shared/contracts/http/conductor.ts'
import type { App } from '../../shared/http/app.ts'
import { ProblemError } from '../../shared/http/problem.ts'
import { problemResponses } from '../../shared/http/problem-responses.ts'
import { batchId } from '../../shared/ids.ts'
import type { Catalog } from '../../shared/pipelines/catalog.ts'
import { coverage } from '../planning/eligible.ts'
import { type PlanToken, readPlanToken } from '../planning/token.ts'
import type { BatchStore, Essay } from '../state/port.ts'
import { parseSignature } from '../state/signature.ts'
import { BatchPath } from './batch-path.ts'

/** Essays looked at for one page; it holds those of them that the plan runs with. */
const PAGE = 1_000

const route = createRoute({
  method: 'get',
  path: '/internal/v1/batches/{batch_id}/essays',
  summary: "A plan's essays with their newest texts, a page at a time",
  request: {
    params: BatchPath,
    query: z.object({
      plan: z.string().min(1),
      cursor: z
        .string()
        .regex(/^\d{1,9}$/)
        .transform(Number)
        .default(0),
    }),
  },
  responses: {
    200: { description: 'A page', content: { 'application/json': { schema: PlanEssaysPage } } },
    ...problemResponses(
      'AUTHENTICATION_ERROR',
      'CONFLICT',
      'INVALID_REQUEST',
      'VALIDATION_ERROR',
      'SERVICE_UNAVAILABLE',
      'CATCHING_UP',
    ),
  },
})

export interface PlanEssaysDeps {
  readonly store: Pick<BatchStore, 'essays'>
  readonly catalog: Catalog
}

/** What a plan runs with, read at the plan's own facts: 409 once they moved on (invariant 9). */
export const planEssays = (app: App, { store, catalog }: PlanEssaysDeps): void => {
  app.openapi(route, async (c) => {
    const { batch_id } = c.req.valid('param')
    const { plan, cursor } = c.req.valid('query')
    const token = readPlanToken(plan)
    if (!token || token.running.some((phase) => !catalog.phases.has(phase)))
      throw new ProblemError({ code: 'INVALID_REQUEST', reason: 'not_a_plan', detail: 'plan must be a plan_token.' })

    const { factsRevision } = token
    const page = await store.essays(batchId(batch_id), { factsRevision, first: cursor, count: PAGE })
    if (page.moved)
      throw new ProblemError({
        code: 'CONFLICT',
        reason: 'plan_outdated',
        detail: 'The facts of the batch have moved on: plan again.',
        more: { revision: page.factsRevision },
      })
    const phasesOf = phasesThatRun(token, catalog)
    const essays = page.essays
      .map((essay) => ({ essay_id: essay.essayId, text_storage_id: essay.text ?? '', phases: phasesOf(essay) }))
      .filter(({ phases }) => phases.length > 0)
    const refused = page.essays.flatMap(({ essayId, refused: code }) =>
      code === null ? [] : [{ essay_id: essayId, code }],
    )
    const next_cursor = page.next === null ? null : String(page.next)
    return c.json({ batch_id, revision: factsRevision, essays, refused, next_cursor }, 200)
  })
}

/** The phases that each essay goes through, by the rule with which the plan counted them. */
const phasesThatRun = ({ running }: PlanToken, { phases }: Catalog) => {
  const names = new Set(running)
  const rules = running.flatMap((name) => {
    const phase = phases.get(name)
    return phase ? [{ name, isCovered: coverage(phase, names) }] : []
  })
  return (essay: Essay): string[] => {
    const signature = parseSignature(essay.signature)
    return rules.filter(({ isCovered }) => isCovered(signature)).map(({ name }) => name)
  }
}
