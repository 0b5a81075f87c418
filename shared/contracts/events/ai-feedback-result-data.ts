import { z } from 'zod'
import { Anything, orNull, processingUpdate, Text } from '../blocks.ts'
import { DateTime, Float } from '../wire.ts'

/** Feedback on one essay. The original has no producer of it. */
export const AIFeedbackResultDataV1 = z.object({
  ...processingUpdate('essay.aifeedback.completed'),
  feedback_details: z.object({
    model_version: Text,
    generation_timestamp: DateTime,
    feedback_type: Text,
    processing_time_seconds: orNull(Float),
  }),
  feedback_content_storage_id: orNull(Text),
  additional_metrics: orNull(Anything),
})
export type AIFeedbackResultDataV1 = z.infer<typeof AIFeedbackResultDataV1>
