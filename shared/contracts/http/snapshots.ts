import { z } from '@hono/zod-openapi'
import { ClientStatus, StatusDetails } from './conductor.ts'

/**
 * A batch's status without its essays: what streams send, each time as a whole (invariant 10). Essays are paged elsewhere,
 * so its size does not grow with them.
 */
export const BatchSnapshot = z.object({
  status: ClientStatus,
  details: StatusDetails.omit({ essays: true, essays_truncated: true }),
})
export type BatchSnapshot = z.infer<typeof BatchSnapshot>

/** At most so many batches in one `NewerRequest`. */
export const MAX_NEWER = 50

/** Which batches a gateway watches, and the revision of each that it has; 0 for none. */
export const NewerRequest = z.object({
  batches: z.array(z.object({ batch_id: z.string().min(1).max(255), revision: z.int().nonnegative() })).max(MAX_NEWER),
})
export type NewerRequest = z.infer<typeof NewerRequest>

export const NewerAnswer = z.discriminatedUnion('state', [
  z.object({
    state: z.literal('newer'),
    batch_id: z.string(),
    user_id: z.string(),
    org_id: z.string().nullable(),
    snapshot: BatchSnapshot,
  }),
  z.object({ state: z.enum(['unchanged', 'unknown', 'catching_up']), batch_id: z.string() }),
])
export type NewerAnswer = z.infer<typeof NewerAnswer>

/** One answer for each batch, in the order asked. */
export const NewerResponse = z.object({ batches: z.array(NewerAnswer) })
