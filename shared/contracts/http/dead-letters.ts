import { z } from '@hono/zod-openapi'

/** Bodies of the conductor's routes about dead letters. All of it is ours. */

/** A time as everywhere in the API. */
const Time = z.iso.datetime()

const State = z.enum(['open', 'redriven', 'parked'])

/** All conditions must hold; one that is left out always does. */
export const LetterFilterBody = z.strictObject({
  topic: z.string().optional().openapi({ description: 'The topic whose dead letters they are, without `.DLQ`' }),
  reason: z.string().optional(),
  batch_id: z.string().optional().openapi({ description: "The batch, or the record's key where no batch can be read" }),
  correlation_id: z.string().optional(),
  cause: z.string().optional().openapi({ description: 'As the groups name it' }),
  state: State.optional(),
})
export type LetterFilterBody = z.infer<typeof LetterFilterBody>

export const LetterBody = z.object({
  letter_id: z.string(),
  topic: z.string(),
  reason: z.string(),
  error: z.string(),
  service: z.string(),
  batch_id: z.string().nullable(),
  correlation_id: z.string().nullable(),
  event_type: z.string().nullable(),
  at: Time,
  redrivable: z.boolean(),
  was_redriven: z.boolean().openapi({ description: 'The record had been redriven already when it died' }),
  state: State,
  decided_by: z.string().nullable(),
  decided_for: z.string().nullable().openapi({ description: 'The user on whose behalf it was decided' }),
  decided_at: Time.nullable(),
})
export type LetterBody = z.infer<typeof LetterBody>

/** A letter's place among all letters, newest first: when it died, and its id. */
export const LettersCursor = z
  .string()
  .regex(/^\d{13}\|/)
  .max(300)

export const LettersPage = z.object({ letters: z.array(LetterBody), next_cursor: z.string().nullable() })

export const LetterGroupsBody = z.object({
  groups: z.array(
    z.object({
      topic: z.string(),
      reason: z.string(),
      cause: z.string(),
      count: z.int(),
      open: z.int(),
      first_at: Time,
      last_at: Time,
      example: z.string(),
    }),
  ),
})

/** A letter with all that its record held. */
export const LetterDetail = LetterBody.extend({ letter: z.record(z.string(), z.unknown()) })

export const RedriveRequest = z
  .strictObject({
    letter_ids: z.array(z.string().min(1)).min(1).max(1_000).optional(),
    filter: LetterFilterBody.optional(),
    /** Of a filter: at most so many letters, the newest. */
    limit: z.int().min(1).max(1_000).default(1_000),
    /** A preview changes nothing and is the default. */
    dry_run: z.boolean().default(true),
  })
  .refine(({ letter_ids, filter }) => (letter_ids === undefined) !== (filter === undefined), {
    message: 'exactly one of letter_ids and filter must be given',
    path: ['letter_ids'],
  })

export const RedriveOutcomeBody = z.enum([
  'redriven',
  'would_be_redriven',
  'already_redriven',
  'not_redrivable',
  'not_found',
])

export const RedriveResponse = z.object({
  dry_run: z.boolean(),
  counts: z.partialRecord(RedriveOutcomeBody, z.int()),
  results: z.array(
    z.object({
      letter_id: z.string(),
      topic: z.string().nullable(),
      batch_id: z.string().nullable(),
      outcome: RedriveOutcomeBody,
      partition: z.int().nullable(),
      offset: z.int().nullable(),
    }),
  ),
  /** More letters match: ask again. */
  more: z.boolean(),
})
export type RedriveResponse = z.infer<typeof RedriveResponse>
