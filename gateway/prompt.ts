import { z } from '@hono/zod-openapi'
import { ContentType } from '../shared/contracts/enums.ts'

const References = z.partialRecord(ContentType, z.record(z.string(), z.string()))

/** Body of `PATCH /v1/batches/{batch_id}/prompt`. */
export const PromptRequest = z
  .strictObject({ student_prompt_ref: z.strictObject({ references: References }) })
  .openapi('PromptRequest')

export const PromptSet = z
  .object({
    status: z.literal('success'),
    batch_id: z.string(),
    student_prompt_ref: z.object({ references: References }),
  })
  .openapi('PromptSet')
export type PromptSet = z.infer<typeof PromptSet>
