import { z } from 'zod'

/**
 * What a transition wants to be said, as small facts; rendering makes the message of it. Whatever is said twice is said
 * with the same words: ids and times come from here (invariant 4).
 */
const said = {
  seq: z.int(),
  /** Milliseconds since 1970, by the store's clock. */
  at: z.int(),
  /** Id of the event or request that caused it. */
  cause: z.string(),
  correlation_id: z.string(),
}

/** Essay id and text of each; Lua writes an empty list as `{}`. */
const Essays = z.preprocess((value) => (Array.isArray(value) ? value : []), z.array(z.tuple([z.string(), z.string()])))

const RefusedCredits = z
  .object({ required: z.number(), available: z.number(), breakdown: z.record(z.string(), z.number()) })
  .nullable()

/** Commands a phase of a run. */
export const PhaseCommandEntry = z.object({
  ...said,
  kind: z.literal('command'),
  run_id: z.string(),
  phase: z.string(),
  attempt: z.int(),
  /** In the order of the plan. */
  essays: Essays,
  message: z.string(),
})

/** Essays of a REGULAR batch are to be matched to students. */
export const MatchingEntry = z.object({ ...said, kind: z.literal('matching'), essays: Essays })

/** Entries that name no essays. */
export const OTHER_ENTRIES = [
  z.object({ ...said, kind: z.literal('registered') }),
  /** The book as it is when it is published; one entry a batch, however often it changes. */
  z.object({ ...said, kind: z.literal('book') }),
  z.object({ ...said, kind: z.literal('refused'), request_id: z.string(), credits: RefusedCredits }),
  z.object({ ...said, kind: z.literal('skipped'), phase: z.string() }),
  z.object({ ...said, kind: z.literal('started'), run_id: z.string() }),
  z.object({ ...said, kind: z.literal('ended'), run_id: z.string() }),
] as const

export const OutboxEntry = z.discriminatedUnion('kind', [...OTHER_ENTRIES, PhaseCommandEntry, MatchingEntry])
export type OutboxEntry = z.infer<typeof OutboxEntry>

type WithoutPlace<Entry> = Entry extends OutboxEntry ? Omit<Entry, 'seq' | 'at'> : never
/** An entry before it has its number and time. */
export type NewEntry = WithoutPlace<OutboxEntry>
