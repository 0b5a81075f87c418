import { z } from 'zod'

/**
 * Somebody marked a phase of a batch as done, or as failed, without its specialist: facts only, no run hears of it. The
 * original keeps such a mark in its state alone; here the log holds it (invariant 13).
 */
export const PhaseMarkedV1 = z.object({
  batch_id: z.string(),
  phase_name: z.string(),
  success: z.boolean(),
  /** The essays that were registered then. */
  essay_ids: z.array(z.string()),
  /** `X-Service-ID` of who asked. */
  marked_by: z.string(),
  /** `X-User-ID` of the person behind it. */
  user_id: z.string().nullable(),
})
export type PhaseMarkedV1 = z.infer<typeof PhaseMarkedV1>
