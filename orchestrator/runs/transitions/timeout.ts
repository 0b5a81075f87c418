import { advance, command, endAttempt } from '../model/advance.ts'
import { activeRun } from '../model/book.ts'
import { type Draft, sayBook } from '../model/draft.ts'
import type { Reply } from '../port.ts'

const NONE: ReadonlyMap<string, string> = new Map()

/**
 * A deadline may have passed. Safe to be told at any time: the store's clock decides, so several sweepers, a lost lease or a
 * repeat change nothing. The attempt is commanded again while the phase allows it, else its essays have failed.
 */
export const timeout = (draft: Draft): Reply => {
  const { book, now } = draft
  const run = activeRun(book)
  const late = run?.phases.filter(({ deadline_at }) => deadline_at !== null && deadline_at <= now) ?? []
  if (!run || late.length === 0) return 'waiting'
  sayBook(draft, run.run_id, run.correlation_id)
  for (const phase of late) {
    if (phase.attempt < phase.attempts) command(draft, run, phase, phase.essay_ids, run.run_id)
    else endAttempt(draft, run, phase, NONE, 'timed_out')
  }
  advance(draft, run, run.run_id)
  return 'applied'
}
