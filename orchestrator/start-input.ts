import type { DefineResponse, PlanEssay } from '../shared/contracts/http/conductor.ts'
import { REFUSED_LIMIT, type RefusedEssay } from '../shared/contracts/run-book.ts'
import { derivedId } from '../shared/ids.ts'
import type { MinSuccess, Pipeline } from '../shared/pipelines/catalog.ts'
import type { StartInput } from './runs/port.ts'

/** Characters of a refusal's code that are kept: whoever refuses writes it. */
const MAX_CODE = 100

/** Essays of a plan, and those of the batch that none is made for. */
export interface PlanEssays {
  readonly essays: readonly PlanEssay[]
  readonly refused: readonly RefusedEssay[]
}

/**
 * What a run of this plan starts with. Throws when the conductor planned a phase that the pipeline does not have here: then
 * the two have other pipeline files.
 */
export const startOf = (
  { request_id }: { readonly request_id: string },
  pipeline: Pipeline,
  made: DefineResponse,
  { essays, refused }: PlanEssays,
): Omit<StartInput, 'message'> => {
  const definitions = new Map(pipeline.phases.map((phase) => [phase.name, phase]))
  return {
    request_id,
    run_id: derivedId(request_id, 'run'),
    execution: made.execution,
    plan_revision: made.revision,
    phases: made.plan.map(({ phase, decision, reason, counts, essay_count }) => {
      const definition = definitions.get(phase)
      if (!definition) throw new Error(`the conductor planned ${phase}, which ${pipeline.name} does not have here`)
      return {
        phase,
        decision: decision === 'run' ? 'run' : 'skip',
        reason,
        depends_on: definition.dependsOn,
        min_percent: percentOf(definition.minSuccess),
        already: decision === 'run' ? counts.eligible - essay_count : 0,
        produces_text: definition.producesText,
        timeout_ms: definition.timeoutMs,
        attempts: definition.attempts,
        planned: essays.filter(({ phases }) => phases.includes(phase)).map(({ essay_id }) => essay_id),
      }
    }),
    texts: Object.fromEntries(essays.map(({ essay_id, text_storage_id }) => [essay_id, text_storage_id])),
    essay_count: essays.length,
    refused_essay_count: refused.length,
    refused_essays: refused
      .slice(0, REFUSED_LIMIT)
      .map(({ essay_id, code }) => ({ essay_id, code: code.slice(0, MAX_CODE) })),
  }
}

/** At least one success is always needed; `any` asks for no more than that. */
const percentOf = (rule: MinSuccess): number => (rule === 'any' ? 0 : rule === 'all' ? 100 : rule.percent)
