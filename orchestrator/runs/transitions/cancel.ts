import { end } from '../model/advance.ts'
import { activeRun } from '../model/book.ts'
import { type Draft, keepLast, refuse, sayBook } from '../model/draft.ts'
import type { CancelInput, Reply } from '../port.ts'

const DETAIL = {
  cancelled: 'The request was cancelled.',
  too_large: 'What is to be said of this batch does not fit a message.',
} as const

/** Ends the active run, or the request that waits. What specialists still report of it is facts only: no attempt is open. */
export const cancel = (draft: Draft, input: CancelInput): Reply => {
  const { book, now } = draft
  if (book.registration === null) return 'unknown_batch'
  if (book.cancels.includes(input.request_id)) return 'cancelled'
  const run = activeRun(book)
  if (input.run_id !== null && input.run_id !== run?.run_id) return 'nothing_active'
  if (!run && !book.pending) return 'nothing_active'
  book.cancels.push(input.request_id)
  keepLast(book.cancels)
  if (book.pending) refuse(draft, book.pending.request_id, input.reason, DETAIL[input.reason])
  if (!run) return 'cancelled'
  const isFailure = input.reason !== 'cancelled'
  for (const phase of run.phases) {
    if (phase.status !== 'running' && phase.status !== 'pending') continue
    phase.failed = phase.total
    phase.status = isFailure ? 'failed' : 'cancelled'
    phase.error = isFailure ? input.reason : phase.error
    phase.paused = false
    phase.completed_at = now
    phase.deadline_at = null
    phase.essay_ids = []
  }
  sayBook(draft, input.request_id, input.correlation_id)
  end(draft, run, input.request_id)
  run.status = isFailure ? 'failed' : 'cancelled'
  return 'cancelled'
}
