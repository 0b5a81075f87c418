import type { PhaseDefinition } from '../../shared/pipelines/catalog.ts'
import type { Signature } from '../state/signature.ts'

/** Phases by name: those of the pipeline that is planned. It holds all that its phases depend on. */
export type Phases = ReadonlyMap<string, PhaseDefinition>

/** All that a phase depends on, directly or not. */
const ancestors = (phase: PhaseDefinition, phases: Phases): ReadonlySet<string> => {
  const found = new Set<string>()
  const visit = ({ dependsOn }: PhaseDefinition): void => {
    for (const name of dependsOn) {
      const dependency = phases.get(name)
      if (found.has(name) || !dependency) continue
      found.add(name)
      visit(dependency)
    }
  }
  visit(phase)
  return found
}

/**
 * Whether an essay is eligible for a phase: content validation did not refuse it, and it did not fail in a dependency.
 * A failure in a phase that runs (again) in the same plan is no obstacle: the essay may succeed there this time.
 */
export const eligibility = (phase: PhaseDefinition, phases: Phases, running: ReadonlySet<string>) => {
  const obstacles = [...ancestors(phase, phases)].filter((name) => !running.has(name))
  return function isEligible(signature: Signature): boolean {
    if (signature.refused) return false
    return obstacles.every((name) => {
      const fact = signature.phases.get(name)
      return fact === undefined || fact === 'succeeded'
    })
  }
}

/** Whether a phase that runs is commanded with an essay of this signature. */
export const coverage = (phase: PhaseDefinition, phases: Phases, running: ReadonlySet<string>) => {
  const isEligible = eligibility(phase, phases, running)
  return function isCovered(signature: Signature): boolean {
    if (!isEligible(signature)) return false
    return phase.scope === 'batch' || signature.phases.get(phase.name) !== 'succeeded'
  }
}
