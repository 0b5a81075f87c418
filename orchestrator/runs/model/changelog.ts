import { z } from 'zod'
import type { RunBook } from '../../../shared/contracts/run-book.ts'
import { activeRun, Book, type PhaseState, type RunState } from './book.ts'
import { EntryRest, entryFrom, restOfEntry } from './changelog-entries.ts'
import { EssayName, essayFinder, essayNamer, idsAt, Places, placesOf } from './essay-names.ts'
import type { OutboxEntry } from './outbox-entry.ts'

/**
 * What the orchestrator needs beside the run book to go on after its store was lost (invariant 13): it travels with the book,
 * in the metadata of the message. Essays are named once, in the registration, and everything else points at them: 5,000
 * essays with ids of 255 characters must fit a message.
 */

const PhaseRest = z.object({
  phase: z.string(),
  depends_on: z.array(z.string()),
  min_percent: z.number(),
  already: z.int(),
  produces_text: z.boolean(),
  timeout_ms: z.int(),
  attempts: z.int(),
  planned: Places,
  done: Places,
  /** Essays of the open attempt. Books that were published before this have their ids in the book itself. */
  open: Places.default([]),
})

const ActiveRest = z.object({
  run_id: z.string(),
  execution: z.enum(['sequential', 'parallel']),
  message: z.string(),
  failing: z.boolean(),
  /** Each essay's name, and its text or null. */
  essays: z.array(z.tuple([EssayName, z.string().nullable()])),
  phases: z.array(PhaseRest),
})

export const BookState = z.object({
  registration: z.string().nullable(),
  is_regular: z.boolean(),
  positions: z.record(z.string(), z.number()),
  pending: Book.shape.pending,
  requested: z.record(z.string(), z.number()),
  forgotten_at: z.int(),
  assignment_id: z.string().nullable(),
  prompt_ref: z.string().nullable(),
  matching: Book.shape.matching,
  cancels: z.array(z.string()),
  seq: z.int(),
  run: ActiveRest.nullable(),
  /** The requests of runs that have ended and are still spoken of, by run: what is said again is said in their trace. */
  messages: z.record(z.string(), z.string()).default({}),
  /** What was still to be said then, but for the book. */
  entries: z.array(EntryRest),
})
export type BookState = z.infer<typeof BookState>

/** The rest of a book, with what is said after it. */
export const stateOf = (book: Book, entries: readonly OutboxEntry[]): BookState => {
  const run = activeRun(book)
  const nameOf = essayNamer(book.registration)
  const { registration, is_regular, positions, pending, requested, forgotten_at } = book
  const { assignment_id, prompt_ref, matching, cancels, seq } = book
  return {
    ...{ registration, is_regular, positions, pending, requested, forgotten_at },
    ...{ assignment_id, prompt_ref, matching, cancels, seq },
    run: run ? restOf(run, nameOf) : null,
    messages: Object.fromEntries(
      book.runs.flatMap(({ run_id, correlation_id, message }) =>
        run_id !== run?.run_id && entries.some((entry) => entry.correlation_id === correlation_id)
          ? [[run_id, message]]
          : [],
      ),
    ),
    entries: entries.flatMap((entry) => restOfEntry(book.runs, entry, nameOf)),
  }
}

/** A run book with its state is a whole book again. */
export const bookFrom = (
  { revision, ...book }: RunBook,
  state: BookState,
): { readonly book: Book; readonly entries: readonly OutboxEntry[] } => {
  const { run: rest, messages, entries, ...others } = state
  const idOf = essayFinder(state.registration)
  const runs = book.runs.map((run): RunState => {
    const active = rest?.run_id === run.run_id ? rest : undefined
    const ids = active?.essays.map(([name]) => idOf(name)) ?? []
    return {
      ...run,
      execution: active?.execution ?? 'sequential',
      message: active?.message ?? messages[run.run_id] ?? '',
      failing: active?.failing ?? false,
      texts: Object.fromEntries(
        active?.essays.flatMap(([name, text]) => (text === null ? [] : [[idOf(name), text]])) ?? [],
      ),
      phases: run.phases.map((phase) => {
        const { planned, done, open, ...more } = active?.phases.find((one) => one.phase === phase.phase) ?? ENDED
        const isDone = Object.fromEntries(idsAt(ids, done).map((id) => [id, true as const]))
        const essay_ids = open.length > 0 ? idsAt(ids, open) : phase.essay_ids
        return { ...phase, ...more, phase: phase.phase, planned: idsAt(ids, planned), done: isDone, essay_ids }
      }),
    }
  })
  const whole = { ...book, ...others, runs, revision, book_revision: revision, outbox: [], book_entry: 0 }
  return { book: whole, entries: entries.flatMap((entry) => entryFrom(runs, entry, idOf)) }
}

/** What nobody asks of a phase whose run has ended. */
const ENDED: z.infer<typeof PhaseRest> = {
  phase: '',
  depends_on: [],
  min_percent: 0,
  already: 0,
  produces_text: false,
  timeout_ms: 0,
  attempts: 1,
  planned: [],
  done: [],
  open: [],
}

const restOf = (run: RunState, nameOf: (id: string) => EssayName): z.infer<typeof ActiveRest> => {
  const ids = [...new Set([...Object.keys(run.texts), ...run.phases.flatMap(({ planned }) => planned)])]
  const placeOf = new Map(ids.map((id, place) => [id, place]))
  const at = (some: readonly string[]) => placesOf(some.flatMap((id) => placeOf.get(id) ?? []))
  const { run_id, execution, message, failing } = run
  return {
    ...{ run_id, execution, message, failing },
    essays: ids.map((id) => [nameOf(id), run.texts[id] ?? null]),
    phases: run.phases.map((phase: PhaseState) => {
      const { depends_on, min_percent, already, produces_text, timeout_ms, attempts } = phase
      const done = Object.keys(phase.done).sort((a, b) => (placeOf.get(a) ?? 0) - (placeOf.get(b) ?? 0))
      const rule = { depends_on, min_percent, already, produces_text, timeout_ms, attempts }
      const places = { planned: at(phase.planned), done: at(done), open: at(phase.essay_ids) }
      return { phase: phase.phase, ...rule, ...places }
    }),
  }
}
