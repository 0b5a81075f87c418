import { z } from 'zod'
import { RequestEntry, RunPhase, RunSummary } from '../../../shared/contracts/run-book.ts'

/**
 * All that the orchestrator keeps of one batch: the run book that it publishes, and what it needs besides to go on after a
 * crash. One JSON document a batch; Lua and the reducers change it alike.
 */

/** Lua writes an empty list as `{}`. */
const listOf = <Item extends z.ZodType>(item: Item) =>
  z.preprocess(
    (value) => (typeof value === 'object' && value !== null && Object.keys(value).length === 0 ? [] : value),
    z.array(item),
  )
/** Lua knows a set as a table of true. */
const IdSet = z.record(z.string(), z.literal(true))

export const PhaseState = RunPhase.extend({
  depends_on: listOf(z.string()),
  /** Of a hundred essays so many must succeed, and at least one. */
  min_percent: z.number(),
  /** Eligible essays that had succeeded before this run: they count for the minimum, and are not commanded. */
  already: z.int(),
  produces_text: z.boolean(),
  /** How long an attempt may go on, milliseconds, and how many there may be. */
  timeout_ms: z.int(),
  attempts: z.int(),
  /** The essays that the plan froze for this phase, in order. */
  planned: listOf(z.string()),
  /** Those of them that succeeded. */
  done: IdSet,
})
export type PhaseState = z.infer<typeof PhaseState>

export const RunState = RunSummary.extend({
  execution: z.enum(['sequential', 'parallel']),
  phases: listOf(PhaseState),
  /** Newest text of each essay; emptied when the run ends. */
  texts: z.record(z.string(), z.string()),
  /** The request's message as JSON text: commands carry parts of it. */
  message: z.string(),
  /** A phase did not meet its minimum: nothing more is started. */
  failing: z.boolean(),
})
export type RunState = z.infer<typeof RunState>

export const Book = z.object({
  batch_id: z.string(),
  revision: z.string(),
  user_id: z.string().nullable(),
  org_id: z.string().nullable(),
  content: z.enum(['pending', 'ready', 'failed']),
  runs: listOf(RunState),
  requests: listOf(RequestEntry),
  /** The registration as JSON text, or null: Lua need not know it. */
  registration: z.string().nullable(),
  /** Essays of a REGULAR batch are matched to students first. */
  is_regular: z.boolean(),
  /** `topic|partition` -> offset of the last content or outcome event that was applied. */
  positions: z.record(z.string(), z.number()),
  /**
   * The one request that waits for content or is being planned, with its message as JSON text, and when to look at it
   * again, milliseconds since 1970: it always has a timer. `doubted_at` is when it would first have been refused, had nobody had
   * patience with it.
   */
  pending: z
    .object({
      request_id: z.string(),
      message: z.string(),
      due: z.int(),
      doubted_at: z.int().nullable().default(null),
    })
    .nullable(),
  /** `topic|partition` -> offset of the last request, and the event time of the newest that is no longer listed. */
  requested: z.record(z.string(), z.number()),
  forgotten_at: z.int(),
  /** Prompts that requests brought: the last assignment's id, and the last reference, as JSON text. */
  assignment_id: z.string().nullable(),
  prompt_ref: z.string().nullable(),
  /** Where the matching of a REGULAR batch's essays to students stands. */
  matching: z.enum(['none', 'commanded', 'confirmed']),
  /** Ids of the last calls that cancelled something: a repeat of one must not cancel what came after it. */
  cancels: listOf(z.string()),
  /** Numbers of this batch's entries in the bucket's outbox, in order. */
  outbox: listOf(z.int()),
  seq: z.int(),
  /** The entry that publishes the book, 0 when none waits; and the revision that it must reach. */
  book_entry: z.int(),
  book_revision: z.string(),
})
export type Book = z.infer<typeof Book>

export const newBook = (batchId: string): Book => ({
  batch_id: batchId,
  revision: '0',
  user_id: null,
  org_id: null,
  content: 'pending',
  runs: [],
  requests: [],
  registration: null,
  is_regular: false,
  positions: {},
  pending: null,
  requested: {},
  forgotten_at: 0,
  assignment_id: null,
  prompt_ref: null,
  matching: 'none',
  cancels: [],
  outbox: [],
  seq: 0,
  book_entry: 0,
  book_revision: '0',
})

/** The run that has not ended, if there is one. */
export const activeRun = (book: Book): RunState | undefined => {
  const last = book.runs.at(-1)
  return last?.status === 'processing' ? last : undefined
}
