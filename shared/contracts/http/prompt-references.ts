import { z } from '@hono/zod-openapi'
import { ContentType } from '../enums.ts'

/** Bytes of a prompt's references as JSON: commands and run books carry them beside thousands of essays. */
const MAX_BYTES = 32_768

/** Where a prompt is stored: content type -> names and values. */
export const PromptReferences = z
  .partialRecord(ContentType, z.record(z.string(), z.string()))
  .refine((references) => new TextEncoder().encode(JSON.stringify(references)).length <= MAX_BYTES, {
    message: `may have ${MAX_BYTES} bytes as JSON`,
  })
  .openapi({ additionalProperties: false })
