import { z } from 'zod'
import type { RunBook } from '../../../shared/contracts/run-book.ts'
import { activeRun, Book, type PhaseState, type RunState } from './book.ts'
import { OutboxEntry } from './outbox-entry.ts'

/**
 * What the orchestrator needs beside the run book to go on after its store was lost (invariant 13): it travels with the book,
 * in the metadata of the message. Essays are named once, everything else points at them: 5,000 essays must fit a message.
 */

/** Places in the list of essays, as runs of [first, count], in order. */
const Places = z.array(z.tuple([z.int().nonnegative(), z.int().positive()]))
type Places = z.infer<typeof Places>

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
})

const ActiveRest = z.object({
  run_id: z.string(),
  execution: z.enum(['sequential', 'parallel']),
  message: z.string(),
  failing: z.boolean(),
  /** Essay id, and its text or null. */
  essays: z.array(z.tuple([z.string(), z.string().nullable()])),
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
  /** What was still to be said then, but for the book; a command's essays are those of its attempt. */
  entries: z.array(OutboxEntry),
})
export type BookState = z.infer<typeof BookState>

/** The rest of a book, with what is said after it. */
export const stateOf = (book: Book, entries: readonly OutboxEntry[]): BookState => {
  const run = activeRun(book)
  const { registration, is_regular, positions, pending, requested, forgotten_at } = book
  const { assignment_id, prompt_ref, matching, cancels, seq } = book
  return {
    ...{ registration, is_regular, positions, pending, requested, forgotten_at },
    ...{ assignment_id, prompt_ref, matching, cancels, seq },
    run: run ? restOf(run) : null,
    messages: Object.fromEntries(
      book.runs.flatMap(({ run_id, correlation_id, message }) =>
        run_id !== run?.run_id && entries.some((entry) => entry.correlation_id === correlation_id)
          ? [[run_id, message]]
          : [],
      ),
    ),
    entries: entries.flatMap((entry): OutboxEntry[] => {
      if (entry.kind === 'book') return []
      return entry.kind === 'command' ? [{ ...entry, essays: [] }] : [entry]
    }),
  }
}

/** A run book with its state is a whole book again. */
export const bookFrom = (
  { revision, ...book }: RunBook,
  state: BookState,
): { readonly book: Book; readonly entries: readonly OutboxEntry[] } => {
  const { run: rest, messages, entries, ...others } = state
  const runs = book.runs.map((run): RunState => {
    const active = rest?.run_id === run.run_id ? rest : undefined
    const ids = active?.essays.map(([id]) => id) ?? []
    return {
      ...run,
      execution: active?.execution ?? 'sequential',
      message: active?.message ?? messages[run.run_id] ?? '',
      failing: active?.failing ?? false,
      texts: Object.fromEntries(active?.essays.flatMap(([id, text]) => (text === null ? [] : [[id, text]])) ?? []),
      phases: run.phases.map((phase) => {
        const { planned, done, ...more } = active?.phases.find((one) => one.phase === phase.phase) ?? ENDED
        const isDone = Object.fromEntries(idsAt(ids, done).map((id) => [id, true as const]))
        return { ...phase, ...more, phase: phase.phase, planned: idsAt(ids, planned), done: isDone }
      }),
    }
  })
  const whole = { ...book, ...others, runs, revision, book_revision: revision, outbox: [], book_entry: 0 }
  return { book: whole, entries: entries.flatMap((entry) => withEssays(runs, entry)) }
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
}

/** A command whose attempt has ended is not said again. */
const withEssays = (runs: readonly RunState[], entry: OutboxEntry): readonly OutboxEntry[] => {
  if (entry.kind !== 'command') return [entry]
  const run = runs.find(({ run_id }) => run_id === entry.run_id)
  const phase = run?.phases.find((one) => one.phase === entry.phase && one.attempt === entry.attempt)
  if (!run || phase?.status !== 'running') return []
  return [{ ...entry, essays: phase.essay_ids.map((id) => [id, run.texts[id] ?? '']) }]
}

const restOf = (run: RunState): z.infer<typeof ActiveRest> => {
  const ids = [...new Set([...Object.keys(run.texts), ...run.phases.flatMap(({ planned }) => planned)])]
  const placeOf = new Map(ids.map((id, place) => [id, place]))
  const placesOf = (some: readonly string[]) => runsOf(some.flatMap((id) => placeOf.get(id) ?? []))
  const { run_id, execution, message, failing } = run
  return {
    ...{ run_id, execution, message, failing },
    essays: ids.map((id) => [id, run.texts[id] ?? null]),
    phases: run.phases.map((phase: PhaseState) => {
      const { depends_on, min_percent, already, produces_text, timeout_ms, attempts } = phase
      const done = Object.keys(phase.done).sort((a, b) => (placeOf.get(a) ?? 0) - (placeOf.get(b) ?? 0))
      const rule = { depends_on, min_percent, already, produces_text, timeout_ms, attempts }
      return { phase: phase.phase, ...rule, planned: placesOf(phase.planned), done: placesOf(done) }
    }),
  }
}

const runsOf = (places: readonly number[]): Places => {
  const runs: [number, number][] = []
  for (const place of places) {
    const last = runs.at(-1)
    if (last && last[0] + last[1] === place) last[1] += 1
    else runs.push([place, 1])
  }
  return runs
}

const idsAt = (ids: readonly string[], places: Places): string[] =>
  places.flatMap(([first, count]) => ids.slice(first, first + count))
