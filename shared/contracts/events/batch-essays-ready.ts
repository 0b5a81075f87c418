import { z } from 'zod'
import { EssayRef, orNull, StorageReferenceMetadata, SystemProcessingMetadata, Text } from '../blocks.ts'
import { CourseCode } from '../enums.ts'

/** All essays of a batch may be worked on. */
export const BatchEssaysReady = z.object({
  event: Text.default('batch.essays.ready'),
  batch_id: Text,
  ready_essays: z.array(EssayRef),
  metadata: SystemProcessingMetadata,
  course_code: CourseCode,
  course_language: Text,
  student_prompt_ref: orNull(StorageReferenceMetadata),
  class_type: Text,
})
export type BatchEssaysReady = z.infer<typeof BatchEssaysReady>
