import { z } from 'zod'

/**
 * Operations hold every run back before a phase, or let all go on. The log holds it, so that it outlives the store (invariant
 * 13); the key is the phase, and the last message about it counts.
 */
export const PhasePauseChangedV1 = z.object({
  phase_name: z.string().min(1),
  paused: z.boolean(),
  /** `X-Service-ID` of who asked. */
  changed_by: z.string(),
  /** `X-User-ID` of the person behind it. */
  user_id: z.string().nullable(),
  /** Milliseconds since 1970. */
  changed_at: z.int().nonnegative(),
})
export type PhasePauseChangedV1 = z.infer<typeof PhasePauseChangedV1>
