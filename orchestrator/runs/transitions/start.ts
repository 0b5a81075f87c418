import { advance } from '../model/advance.ts'
import type { RunState } from '../model/book.ts'
import { type Draft, keepLast, runOf, say, sayBook } from '../model/draft.ts'
import type { Reply, StartInput } from '../port.ts'

/** The pending request becomes a run with the plan's essays, frozen (invariant 9). */
export const start = (draft: Draft, input: StartInput): Reply => {
  const { book, now } = draft
  if (runOf(book, input.run_id)) return 'started'
  const { pending } = book
  const request = book.requests.find(({ request_id }) => request_id === input.request_id)
  if (!request || pending?.request_id !== input.request_id) return 'decided'
  request.verdict = 'accepted'
  request.run_id = input.run_id
  request.decided_at = now
  book.pending = null
  draft.timers.set('wait', null)
  const run: RunState = {
    run_id: input.run_id,
    request_id: input.request_id,
    correlation_id: request.correlation_id,
    requested_pipeline: request.requested_pipeline,
    user_id: request.user_id,
    is_retry: request.is_retry,
    plan_revision: input.plan_revision,
    status: 'processing',
    execution: input.execution,
    phases: input.phases.map((phase) => ({
      ...phase,
      depends_on: [...phase.depends_on],
      planned: [...phase.planned],
      status: phase.decision === 'run' ? 'pending' : 'skipped',
      attempt: 0,
      total: 0,
      succeeded: 0,
      failed: 0,
      commanded_at: null,
      completed_at: null,
      deadline_at: null,
      error: null,
      paused: false,
      essay_ids: [],
      done: {},
    })),
    essay_count: input.essay_count,
    failed_essay_count: 0,
    refused_essay_count: input.refused_essay_count,
    refused_essays: [...input.refused_essays],
    started_at: now,
    completed_at: null,
    texts: { ...input.texts },
    message: input.message,
    failing: false,
  }
  // Only the newest run names them: twenty such lists would outgrow a message.
  for (const earlier of book.runs) earlier.refused_essays = []
  book.runs.push(run)
  keepLast(book.runs)
  const said = { cause: input.request_id, correlation_id: run.correlation_id }
  sayBook(draft, input.request_id, run.correlation_id)
  for (const { decision, phase } of run.phases) if (decision === 'skip') say(draft, { ...said, kind: 'skipped', phase })
  if (run.phases.some(({ decision }) => decision === 'run'))
    say(draft, { ...said, kind: 'started', run_id: run.run_id })
  advance(draft, run, input.request_id)
  return 'started'
}
