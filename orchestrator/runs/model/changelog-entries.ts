import { z } from 'zod'
import type { RunState } from './book.ts'
import { EssayName } from './essay-names.ts'
import { MatchingEntry, OTHER_ENTRIES, type OutboxEntry, PhaseCommandEntry } from './outbox-entry.ts'

/** What was still to be said when a book was published, as it travels with the book: nothing stands in it twice. */

const CommandRest = PhaseCommandEntry.omit({ essays: true }).extend({
  /** Empty when it is the run's. */
  message: z.string(),
  /** Its essays are those of the open attempt, each with the run's text, but for these: a neighbour has replaced theirs since. */
  texts: z.array(z.tuple([EssayName, z.string()])).default([]),
})
const MatchingRest = MatchingEntry.extend({ essays: z.array(z.tuple([EssayName, z.string()])) })

export const EntryRest = z.discriminatedUnion('kind', [...OTHER_ENTRIES, CommandRest, MatchingRest])
export type EntryRest = z.infer<typeof EntryRest>

/** The run of a command whose attempt is open, and its essays; a command whose attempt has ended is not said again. */
const openAttempt = (runs: readonly RunState[], { run_id, phase, attempt }: z.infer<typeof CommandRest>) => {
  const run = runs.find((one) => one.run_id === run_id)
  const open = run?.phases.find((one) => one.phase === phase && one.attempt === attempt && one.status === 'running')
  return run && open ? { run, essayIds: open.essay_ids } : undefined
}

/** Nothing of the book itself, which is what travels. */
export const restOfEntry = (
  runs: readonly RunState[],
  entry: OutboxEntry,
  nameOf: (id: string) => EssayName,
): readonly EntryRest[] => {
  if (entry.kind === 'book') return []
  if (entry.kind === 'matching') return [{ ...entry, essays: entry.essays.map(([id, text]) => [nameOf(id), text]) }]
  if (entry.kind !== 'command') return [entry]
  const { essays, message, ...said } = entry
  const at = openAttempt(runs, { ...said, message, texts: [] })
  if (!at) return []
  const texts = essays.filter(([id, text]) => text !== (at.run.texts[id] ?? ''))
  return [
    {
      ...said,
      message: message === at.run.message ? '' : message,
      texts: texts.map(([id, text]) => [nameOf(id), text]),
    },
  ]
}

/** What was to be said, word for word. */
export const entryFrom = (
  runs: readonly RunState[],
  entry: EntryRest,
  idOf: (name: EssayName) => string,
): readonly OutboxEntry[] => {
  if (entry.kind === 'matching') return [{ ...entry, essays: entry.essays.map(([name, text]) => [idOf(name), text]) }]
  if (entry.kind !== 'command') return [entry]
  const at = openAttempt(runs, entry)
  if (!at) return []
  const { texts, ...said } = entry
  const own = new Map(texts.map(([name, text]) => [idOf(name), text]))
  const essays = at.essayIds.map((id): [string, string] => [id, own.get(id) ?? at.run.texts[id] ?? ''])
  return [{ ...said, message: said.message || at.run.message, essays }]
}
