import { advance } from '../model/advance.ts'
import { activeRun } from '../model/book.ts'
import { type Draft, HELD_US, sayBook } from '../model/draft.ts'
import type { Reply } from '../port.ts'

/** A phase before which the run was held may have been resumed. Safe to be told at any time. */
export const moveOn = (draft: Draft): Reply => {
  const run = activeRun(draft.book)
  const resumed = run?.phases.some(({ phase, paused }) => paused && !draft.paused.has(phase)) ?? false
  draft.timers.set('held', HELD_US)
  if (!run || !resumed) return 'waiting'
  sayBook(draft, run.run_id, run.correlation_id)
  advance(draft, run, run.run_id)
  return 'moved_on'
}
