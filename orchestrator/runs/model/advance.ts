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
    const busy = run.phases.some(({ status, paused }) => status === 'running' || paused)
    if ((run.execution === 'sequential' && busy && !phase.paused) || !dependenciesEnded(run, phase)) continue
    const essays = phase.planned.filter((id) => passedAll(run, phase, id))
    phase.paused = essays.length > 0 && draft.paused.has(phase.phase)
    if (phase.paused) continue
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
  phase.paused = false
  phase.completed_at = now
}

/** Opens an attempt: the next one of the phase. */
export const command = (
  draft: Draft,
  run: RunState,
  phase: PhaseState,
  essays: readonly string[],
  cause: string,
): void => {
  phase.status = 'running'
  phase.attempt += 1
  phase.commanded_at = draft.now
  phase.deadline_at = draft.now + phase.timeout_ms
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

/** Closes the open attempt: commanded essays without a text in `succeeded` have failed. The minimum decides what follows. */
export const endAttempt = (
  draft: Draft,
  run: RunState,
  phase: PhaseState,
  succeeded: ReadonlyMap<string, string>,
  error: string | null,
): void => {
  for (const id of phase.essay_ids) {
    const text = succeeded.get(id)
    if (text === undefined) continue
    phase.done[id] = true
    phase.succeeded += 1
    if (phase.produces_text) run.texts[id] = text
  }
  phase.failed = phase.total - phase.succeeded
  phase.error = error
  phase.completed_at = draft.now
  phase.deadline_at = null
  phase.essay_ids = []
  if (phase.failed === 0) phase.status = 'completed_successfully'
  else if (meetsMinimum(phase)) phase.status = 'completed_with_failures'
  else {
    phase.status = 'failed'
    run.failing = true
  }
}

/** Measured against all that the phase is about, also what had succeeded before: as the conductor plans. */
const meetsMinimum = ({ already, succeeded, total, min_percent }: PhaseState): boolean =>
  already + succeeded > 0 && (already + succeeded) * 100 >= min_percent * (already + total)

/** Essays that the run planned for some phase in which they did not succeed. */
const failedEssays = (run: RunState): number => {
  const failed = new Set<string>()
  for (const { decision, planned, done } of run.phases)
    if (decision === 'run') for (const id of planned) if (done[id] !== true) failed.add(id)
  return failed.size
}

export const end = (draft: Draft, run: RunState, cause: string): void => {
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
