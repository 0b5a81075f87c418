import type { PlanCounts, PlanPhase, PlanReason } from '../../shared/contracts/http/conductor.ts'
import { meetsMinSuccess, type PhaseDefinition, type Pipeline } from '../../shared/pipelines/catalog.ts'
import type { ContentState } from '../state/port.ts'
import { countWhere, type Signature, type Tally } from '../state/signature.ts'
import { coverage, eligibility } from './eligible.ts'

/** What a plan rests on. */
export interface PlanInput {
  readonly pipeline: Pipeline
  readonly tally: Tally
  readonly isRegistered: boolean
  readonly content: ContentState
  readonly hasPrompt: boolean
  /** Asks for what did not succeed again. */
  readonly isRetry: boolean
}

export interface Plan {
  readonly phases: readonly PlanPhase[]
  /** The phases to run, in order; none when one is blocked, since a pipeline runs whole or not at all. */
  readonly finalPipeline: readonly string[]
}

interface Verdict {
  readonly decision: PlanPhase['decision']
  readonly reason: PlanReason
}

/**
 * Decides of each phase whether it runs, and says why (invariant 9). Pure, and its cost depends on the number of phases
 * and signatures, not on the number of essays.
 */
export const makePlan = (input: PlanInput): Plan => {
  const running = new Set<string>()
  const planned = input.pipeline.phases.map((phase): PlanPhase => {
    const isEligible = eligibility(phase, running)
    const counts = countsOf(input.tally, phase, isEligible)
    const verdict = blockedBy(input, phase, needed(input, phase, counts, isEligible))
    if (verdict.decision !== 'skip') running.add(phase.name)
    const covered = verdict.decision === 'skip' ? 0 : countWhere(input.tally, coverage(phase, running))
    return { phase: phase.name, ...verdict, counts, essay_count: covered }
  })
  const isBlocked = planned.some(({ decision }) => decision === 'blocked')
  return { phases: planned, finalPipeline: isBlocked ? [] : [...running] }
}

type IsEligible = (signature: Signature) => boolean

const countsOf = (tally: Tally, { name }: PhaseDefinition, isEligible: IsEligible): PlanCounts => {
  const counts = { registered: 0, refused: 0, eligible: 0, succeeded: 0, failed: 0 }
  for (const { signature, count } of tally) {
    counts.registered += count
    if (signature.refused) counts.refused += count
    if (!isEligible(signature)) continue
    counts.eligible += count
    const fact = signature.phases.get(name)
    if (fact === 'succeeded') counts.succeeded += count
    else if (fact !== undefined) counts.failed += count
  }
  return counts
}

/**
 * Skip when every eligible essay succeeded, or when recorded outcomes cover all that are eligible now, meet `min_success`,
 * and the request is no retry. Else run (design section 5). An essay that a batch outcome lists is covered until another
 * outcome says otherwise: a specialist lists what it was commanded with, not what it did long ago.
 */
const needed = (input: PlanInput, phase: PhaseDefinition, counts: PlanCounts, isEligible: IsEligible): Verdict => {
  const { eligible, succeeded, failed } = counts
  if (eligible === 0) return { decision: 'skip', reason: 'no_eligible_essays' }
  if (succeeded === eligible) return { decision: 'skip', reason: 'already_completed' }
  const uncovered = countWhere(input.tally, (signature) => {
    const fact = signature.phases.get(phase.name)
    return isEligible(signature) && (fact === undefined || fact === 'failed_unsettled')
  })
  if (uncovered === 0) {
    if (!meetsMinSuccess(phase.minSuccess, succeeded, eligible)) return { decision: 'run', reason: 'below_min_success' }
    return input.isRetry
      ? { decision: 'run', reason: 'retry_failed' }
      : { decision: 'skip', reason: 'outcome_recorded' }
  }
  if (succeeded + failed === 0) return { decision: 'run', reason: 'not_started' }
  return { decision: 'run', reason: phase.scope === 'batch' ? 'whole_batch' : 'not_complete' }
}

/** The verdict, unless something is missing without which nothing of the batch, or this phase, may run. */
const blockedBy = (input: PlanInput, phase: PhaseDefinition, verdict: Verdict): Verdict => {
  if (!input.isRegistered) return { decision: 'blocked', reason: 'batch_not_registered' }
  if (input.content === 'pending') return { decision: 'blocked', reason: 'content_not_ready' }
  if (input.content === 'failed') return { decision: 'blocked', reason: 'content_failed' }
  if (verdict.decision === 'run' && phase.needsPrompt && !input.hasPrompt)
    return { decision: 'blocked', reason: 'prompt_missing' }
  return verdict
}
