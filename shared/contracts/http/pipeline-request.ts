import { z } from '@hono/zod-openapi'
import { ClientText } from './client-text.ts'
import { PromptReferences } from './prompt-references.ts'

const PromptReference = z.strictObject({ references: PromptReferences })

const Prompt = z
  .strictObject({
    assignment_id: ClientText(100).nullish(),
    cms_prompt_ref: PromptReference.nullish(),
  })
  .refine((prompt) => Boolean(prompt.assignment_id) !== Boolean(prompt.cms_prompt_ref), {
    message: 'give exactly one of assignment_id and cms_prompt_ref',
  })

/** Body of `POST /v1/batches/{batch_id}/pipelines`. Unknown fields are refused: a misspelt one must not be without effect. */
export const BatchPipelineRequest = z
  .strictObject({
    batch_id: ClientText(255).nullish().openapi({ description: 'When given, it must be the one in the path' }),
    requested_pipeline: ClientText(100).openapi({
      description: 'Name of a pipeline or of a phase; GET /v1/pipelines lists them',
      example: 'ai_feedback',
    }),
    is_retry: z.boolean().default(false).openapi({ description: 'Run again what did not succeed' }),
    retry_reason: ClientText(500).nullish(),
    prompt_payload: Prompt.nullish().openapi({ example: { assignment_id: 'a-1' } }),
  })
  .openapi('BatchPipelineRequest')
export type BatchPipelineRequest = z.infer<typeof BatchPipelineRequest>
