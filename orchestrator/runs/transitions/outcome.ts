import { advance, endAttempt } from '../model/advance.ts'
import { activeRun, type Book, type PhaseState, type RunState } from '../model/book.ts'
import { type Draft, sayBook } from '../model/draft.ts'
import type { OutcomeInput, Reply } from '../port.ts'
import { note } from './note.ts'

/** A phase of a batch has ended somewhere; if it is the attempt that is open, the run moves on. */
export const outcome = (draft: Draft, input: OutcomeInput): Reply => {
  const { book } = draft
  if (book.registration === null) return 'unknown_batch'
  note(book, input.position)
  const run = activeRun(book)
  const phase = run?.phases.find(({ phase: name, status }) => name === input.phase && status === 'running')
  if (!run || !phase || !counts(book, run, phase, input)) return 'stale'

  const listed = new Set([...input.processed.map(([id]) => id), ...input.failed])
  const error = phase.essay_ids.every((id) => listed.has(id)) ? null : 'not_reported'
  endAttempt(draft, run, phase, new Map(input.processed), error)
  sayBook(draft, input.cause, run.correlation_id)
  advance(draft, run, input.cause)
  return 'applied'
}

/**
 * An outcome names no run (design section 5). It counts (a) with this run's correlation id, when no earlier run had that
 * too, or (b) when it covers every commanded essay and is not older than the command.
 */
const counts = (book: Book, run: RunState, phase: PhaseState, input: OutcomeInput): boolean => {
  const isOurs = input.correlation_id === run.correlation_id
  const isReused = book.runs.some(
    ({ run_id, correlation_id }) => run_id !== run.run_id && correlation_id === run.correlation_id,
  )
  if (isOurs && !isReused) return true
  const listed = new Set([...input.processed.map(([id]) => id), ...input.failed])
  return phase.essay_ids.every((id) => listed.has(id)) && phase.commanded_at !== null && input.at >= phase.commanded_at
}
