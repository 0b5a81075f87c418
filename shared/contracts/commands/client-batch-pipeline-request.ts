import { z } from 'zod'
import { randomId } from '../../ids.ts'
import { orNull, PipelinePromptPayload } from '../blocks.ts'
import { Flag, Uuid } from '../wire.ts'

/** A client asks for a pipeline. Strings are trimmed before their length is checked. */
export const ClientBatchPipelineRequestV1 = z.object({
  batch_id: z.string().trim().min(1).max(255),
  requested_pipeline: z.string().trim().min(1).max(100),
  client_correlation_id: Uuid.default(randomId),
  /** From the token, never from the client. */
  user_id: z.string().trim().min(1).max(255),
  is_retry: Flag.default(false),
  retry_reason: orNull(z.string().trim().max(500)),
  prompt_payload: orNull(PipelinePromptPayload),
})
export type ClientBatchPipelineRequestV1 = z.infer<typeof ClientBatchPipelineRequestV1>
