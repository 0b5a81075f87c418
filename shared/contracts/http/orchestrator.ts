import { z } from '@hono/zod-openapi'

/** Bodies of the orchestrator's routes. */

export const RegisterResponse = z.object({
  batch_id: z.string(),
  correlation_id: z.string(),
  status: z.literal('registered'),
})
export type RegisterResponse = z.infer<typeof RegisterResponse>

/** Whose batch it is; the orchestrator knows a batch from the moment of its registration. */
export const BatchOwnerResponse = z.object({
  batch_id: z.string(),
  user_id: z.string(),
  org_id: z.string().nullable(),
  content: z.enum(['pending', 'ready', 'failed']),
  expected_essay_count: z.int(),
  course_code: z.string(),
  registered_at: z.string(),
})
export type BatchOwnerResponse = z.infer<typeof BatchOwnerResponse>
