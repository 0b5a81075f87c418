import type { PhaseState, RunState } from './book.ts'
import { type Draft, say } from './draft.ts'

/**
 * Starts whatever can be started now, and ends the run when nothing is left. `cause` is the event or request that led here:
 * ids of what is said derive from it.
 */
export const advance = (draft: Draft, run: RunState, cause: string): void => {
  for (const phase of run.phases) {
    if (phase.status !== 'pending') continue
    if (run.failing) {
      giveUp(draft, phase)
      continue
    }
    const busy = run.phases.some(({ status }) => status === 'running')
    if ((run.execution === 'sequential' && busy) || !dependenciesEnded(run, phase)) continue
    const essays = phase.planned.filter((id) => passedAll(run, phase, id))
    if (essays.length === 0) giveUp(draft, phase)
    else command(draft, run, phase, essays, cause)
  }
  if (!run.phases.some(({ status }) => status === 'pending' || status === 'running')) end(draft, run, cause)
}

const dependenciesEnded = (run: RunState, phase: PhaseState): boolean =>
  run.phases.every(
    ({ phase: name, status }) => !phase.depends_on.includes(name) || (status !== 'pending' && status !== 'running'),
  )

/** An essay goes on when it succeeded in each dependency that this run planned it for. */
const passedAll = (run: RunState, phase: PhaseState, essayId: string): boolean =>
  run.phases.every(
    ({ phase: name, planned, done }) =>
      !phase.depends_on.includes(name) || done[essayId] === true || !planned.includes(essayId),
  )

const giveUp = ({ now }: Draft, phase: PhaseState): void => {
  phase.status = 'skipped_due_to_dependency_failure'
  phase.completed_at = now
}

const command = (draft: Draft, run: RunState, phase: PhaseState, essays: readonly string[], cause: string): void => {
  phase.status = 'running'
  phase.attempt += 1
  phase.commanded_at = draft.now
  phase.total = essays.length
  phase.essay_ids = [...essays]
  say(draft, {
    kind: 'command',
    cause,
    correlation_id: run.correlation_id,
    run_id: run.run_id,
    phase: phase.phase,
    attempt: phase.attempt,
    essays: essays.map((id) => [id, run.texts[id] ?? '']),
    message: run.message,
  })
}

/** Essays that the run planned for some phase in which they did not succeed. */
const failedEssays = (run: RunState): number => {
  const failed = new Set<string>()
  for (const { decision, planned, done } of run.phases)
    if (decision === 'run') for (const id of planned) if (done[id] !== true) failed.add(id)
  return failed.size
}

const end = (draft: Draft, run: RunState, cause: string): void => {
  run.failed_essay_count = failedEssays(run)
  run.completed_at = draft.now
  if (run.failing) run.status = 'failed'
  else run.status = run.failed_essay_count > 0 ? 'completed_with_failures' : 'completed_successfully'
  run.texts = {}
  for (const phase of run.phases) {
    phase.planned = []
    phase.done = {}
  }
  say(draft, { kind: 'ended', cause, correlation_id: run.correlation_id, run_id: run.run_id })
}
