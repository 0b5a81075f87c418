import type { RunState } from '../../../orchestrator/runs/model/book.ts'
import type { Transitioned } from '../../../orchestrator/runs/port.ts'

/** Plain comparisons: these hold after each of a million steps, and `expect` would take most of the time. */
export const must = (isSo: boolean, what: string, about?: unknown): void => {
  if (!isSo) throw new Error(`${what}: ${JSON.stringify(about)}`)
}

/** Holds in every state, whatever has happened. */
export const expectSound = ({ book, entries }: Transitioned, before: Transitioned | undefined): void => {
  if (before) must(Number(book.revision) >= Number(before.book.revision), 'a revision went back', book.revision)
  const numbers = entries.map(({ seq }) => seq)
  must(numbers.join() === book.outbox.join(), 'the entries are not those of the outbox', { numbers, book: book.outbox })
  must(entries.filter(({ kind }) => kind === 'book').length <= 1, 'the book is to be said twice', entries)
  // One active run a batch, and none beside a pending request (invariant 8).
  const active = book.runs.filter(({ status }) => status === 'processing')
  must(active.length + (book.pending ? 1 : 0) <= 1, 'more than one run or request is active', book)
  for (const run of book.runs) expectSoundRun(run)
}

const expectSoundRun = (run: RunState): void => {
  const isActive = run.status === 'processing'
  // A run that has not ended waits for something, and one that has ended for nothing.
  const waits = run.phases.some(({ status, paused }) => status === 'running' || paused)
  const open = run.phases.some(({ status }) => status === 'running' || status === 'pending')
  must(isActive ? waits : !open, 'a run waits for nothing, or has ended and waits', run)
  for (const phase of run.phases) {
    const isRunning = phase.status === 'running'
    must(phase.attempt <= phase.attempts, 'a phase has more attempts than it may', phase)
    must((phase.deadline_at !== null) === isRunning, 'a deadline without an attempt, or the other way round', phase)
    must(!phase.paused || phase.status === 'pending', 'a paused phase is not pending', phase)
    must(!isRunning || phase.essay_ids.length === phase.total, 'the open attempt has other essays', phase)
    const isClosed = phase.completed_at !== null && phase.attempt > 0
    must(!isClosed || phase.succeeded + phase.failed === phase.total, 'the counts do not add up', phase)
  }
}
