import type { PlanCounts, PlanPhase, PlanReason } from '../../shared/contracts/http/conductor.ts'
import { meetsMinSuccess, type PhaseDefinition, type Pipeline } from '../../shared/pipelines/catalog.ts'
import type { ContentState } from '../state/port.ts'
import type { Tally } from '../state/signature.ts'
import { eligibility, isCommanded } from './eligible.ts'

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
    const { counts, uncovered, commanded } = countsOf(input.tally, phase, running)
    const verdict = blockedBy(input, phase, needed(input, phase, counts, uncovered))
    if (verdict.decision === 'skip') return { phase: phase.name, ...verdict, counts, essay_count: 0 }
    running.add(phase.name)
    return { phase: phase.name, ...verdict, counts, essay_count: commanded }
  })
  const isBlocked = planned.some(({ decision }) => decision === 'blocked')
  return { phases: planned, finalPipeline: isBlocked ? [] : [...running] }
}

/** Of the eligible essays, `uncovered` are those of which neither a success nor a recorded outcome tells, `commanded` those that a run takes. */
const countsOf = (
  tally: Tally,
  phase: PhaseDefinition,
  running: ReadonlySet<string>,
): { readonly counts: PlanCounts; readonly uncovered: number; readonly commanded: number } => {
  const isEligible = eligibility(phase, running)
  const counts = { registered: 0, refused: 0, eligible: 0, succeeded: 0, failed: 0 }
  let [uncovered, commanded] = [0, 0]
  for (const { signature, count } of tally) {
    counts.registered += count
    if (signature.refused) counts.refused += count
    if (!isEligible(signature)) continue
    counts.eligible += count
    const fact = signature.phases.get(phase.name)
    if (fact === 'succeeded') counts.succeeded += count
    else if (fact !== undefined) counts.failed += count
    if (fact === undefined || fact === 'failed_unsettled') uncovered += count
    if (isCommanded(phase, signature)) commanded += count
  }
  return { counts, uncovered, commanded }
}

/**
 * Skip when every eligible essay succeeded, or when recorded outcomes cover all that are eligible now, meet `min_success`,
 * and the request is no retry. Else run (design section 5). An essay that a batch outcome lists is covered until another
 * outcome says otherwise: a specialist lists what it was commanded with, not what it did long ago.
 */
const needed = (input: PlanInput, phase: PhaseDefinition, counts: PlanCounts, uncovered: number): Verdict => {
  const { eligible, succeeded, failed } = counts
  if (eligible === 0) return { decision: 'skip', reason: 'no_eligible_essays' }
  if (succeeded === eligible) return { decision: 'skip', reason: 'already_completed' }
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
