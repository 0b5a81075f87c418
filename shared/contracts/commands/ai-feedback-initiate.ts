import { z } from 'zod'
import { baseEvent, EssayRef, orNull, StorageReferenceMetadata, Text } from '../blocks.ts'
import { CourseCode } from '../enums.ts'

/** Starts AI feedback. */
export const BatchServiceAIFeedbackInitiateCommandDataV1 = z.object({
  ...baseEvent('batch.ai_feedback.initiate.command'),
  essays_to_process: z.array(EssayRef),
  language: Text,
  course_code: CourseCode,
  student_prompt_ref: orNull(StorageReferenceMetadata),
  class_type: Text,
  owner_user_id: Text,
})
export type BatchServiceAIFeedbackInitiateCommandDataV1 = z.infer<typeof BatchServiceAIFeedbackInitiateCommandDataV1>
