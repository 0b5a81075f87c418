import { z } from '@hono/zod-openapi'
import { PromptReferences } from '../shared/contracts/http/prompt-references.ts'

/** Body of `PATCH /v1/batches/{batch_id}/prompt`. */
export const PromptRequest = z
  .strictObject({ student_prompt_ref: z.strictObject({ references: PromptReferences }) })
  .openapi('PromptRequest')

export const PromptSet = z
  .object({
    status: z.literal('success'),
    batch_id: z.string(),
    student_prompt_ref: z.object({ references: PromptReferences }),
  })
  .openapi('PromptSet')
export type PromptSet = z.infer<typeof PromptSet>
