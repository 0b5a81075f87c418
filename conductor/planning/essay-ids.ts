import type { PlanPhase } from '../../shared/contracts/http/conductor.ts'
import type { Pipeline } from '../../shared/pipelines/catalog.ts'
import type { Essay } from '../state/port.ts'
import { parseSignature } from '../state/signature.ts'
import { coverage } from './eligible.ts'
import type { Plan } from './plan.ts'

/** The phases of a plan with those of some essays that each would be commanded with, by the rule that counted them. */
export const withEssayIds = (plan: Plan, pipeline: Pipeline, essays: readonly Essay[]): PlanPhase[] => {
  const phases = new Map(pipeline.phases.map((phase) => [phase.name, phase]))
  const running = new Set(plan.phases.filter(({ decision }) => decision !== 'skip').map(({ phase }) => phase))
  const known = essays.map(({ essayId, signature }) => ({ essayId, signature: parseSignature(signature) }))
  return plan.phases.map((planned) => {
    const definition = phases.get(planned.phase)
    if (!definition || !running.has(planned.phase)) return { ...planned, essay_ids: [] }
    const isCovered = coverage(definition, running)
    return {
      ...planned,
      essay_ids: known.filter(({ signature }) => isCovered(signature)).map(({ essayId }) => essayId),
    }
  })
}
