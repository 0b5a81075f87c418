import type { PlanPhase } from '../../shared/contracts/http/conductor.ts'
import type { Pipeline } from '../../shared/pipelines/catalog.ts'
import type { NamedEssays } from '../state/signature.ts'
import { coverage } from './eligible.ts'
import type { Plan } from './plan.ts'

/** So many essays of each phase are named. */
export const NAMED = 100

/**
 * The phases of a plan with up to 100 of the essays that each would be commanded with, by the rule that counted them: `named`
 * holds as many of every signature. Fewer are known of a batch only where its state was written before essays were kept by
 * signature; a rebuild mends that.
 */
export const withEssayIds = (plan: Plan, pipeline: Pipeline, named: readonly NamedEssays[]): PlanPhase[] => {
  const phases = new Map(pipeline.phases.map((phase) => [phase.name, phase]))
  const running = new Set(plan.phases.filter(({ decision }) => decision !== 'skip').map(({ phase }) => phase))
  return plan.phases.map((planned) => {
    const definition = phases.get(planned.phase)
    if (!definition || !running.has(planned.phase)) return { ...planned, essay_ids: [] }
    const isCovered = coverage(definition, running)
    const covered = named.flatMap(({ signature, essayIds }) => (isCovered(signature) ? essayIds : []))
    return { ...planned, essay_ids: covered.slice(0, NAMED) }
  })
}
