import { z } from 'zod'

/** What can be decided about a dead letter: it is sent again to where it came from, or put aside. */
export const DeadLetterVerdict = z.enum(['redriven', 'parked'])
export type DeadLetterVerdict = z.infer<typeof DeadLetterVerdict>

/**
 * Somebody decided about a dead letter. The log holds the decision, so that it outlives the index (invariant 13); the key
 * is the letter's id.
 */
export const DeadLetterDecidedV1 = z.object({
  letter_id: z.string(),
  /** The topic whose dead letter it is, without `.DLQ`. */
  topic: z.string(),
  batch_id: z.string().nullable(),
  verdict: DeadLetterVerdict,
  /** `X-Service-ID` of who asked. */
  decided_by: z.string(),
  /** `X-User-ID` of the person behind it. */
  user_id: z.string().nullable(),
  /** Milliseconds since 1970. */
  decided_at: z.int().nonnegative(),
})
export type DeadLetterDecidedV1 = z.infer<typeof DeadLetterDecidedV1>
