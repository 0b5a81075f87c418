import type { PhaseDefinition } from '../../shared/pipelines/catalog.ts'
import type { Signature } from '../state/signature.ts'

/**
 * Whether an essay is eligible for a phase: content validation did not refuse it, and it did not fail in a dependency.
 * A failure in a phase that runs (again) in the same plan is no obstacle: the essay may succeed there this time.
 */
export const eligibility = ({ ancestors }: PhaseDefinition, running: ReadonlySet<string>) => {
  const obstacles = ancestors.filter((name) => !running.has(name))
  return function isEligible(signature: Signature): boolean {
    if (signature.refused) return false
    return obstacles.every((name) => {
      const fact = signature.phases.get(name)
      return fact === undefined || fact === 'succeeded'
    })
  }
}

/** Whether a phase that runs is commanded with an essay of this signature, provided that it is eligible. */
export const isCommanded = ({ name, scope }: PhaseDefinition, { phases }: Signature): boolean =>
  scope === 'batch' || phases.get(name) !== 'succeeded'

/** Whether a phase that runs is commanded with an essay of this signature. */
export const coverage = (phase: PhaseDefinition, running: ReadonlySet<string>) => {
  const isEligible = eligibility(phase, running)
  return (signature: Signature): boolean => isEligible(signature) && isCommanded(phase, signature)
}
