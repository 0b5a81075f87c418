import { z } from 'zod'
import { baseEvent, EssayRef, orNull, StorageReferenceMetadata, Text } from '../blocks.ts'
import { CourseCode } from '../enums.ts'

/** Starts comparative judgement. */
export const BatchServiceCJAssessmentInitiateCommandDataV1 = z.object({
  ...baseEvent('batch.cj_assessment.initiate.command'),
  essays_to_process: z.array(EssayRef),
  language: Text,
  course_code: CourseCode,
  student_prompt_ref: orNull(StorageReferenceMetadata),
  class_type: Text,
  assignment_id: orNull(Text.max(100)),
})
export type BatchServiceCJAssessmentInitiateCommandDataV1 = z.infer<
  typeof BatchServiceCJAssessmentInitiateCommandDataV1
>
