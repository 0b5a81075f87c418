import { z } from 'zod'
import { orNull, StorageReferenceMetadata, SystemProcessingMetadata, Text } from '../blocks.ts'
import { CourseCode } from '../enums.ts'
import { Whole } from '../wire.ts'

/** A batch has been registered; its essays are expected. A `class_id` makes it REGULAR, none GUEST. */
export const BatchEssaysRegistered = z.object({
  event: Text.default('batch.essays.registered'),
  entity_id: Text,
  expected_essay_count: Whole,
  essay_ids: z.array(Text),
  metadata: SystemProcessingMetadata,
  course_code: CourseCode,
  student_prompt_ref: orNull(StorageReferenceMetadata),
  user_id: Text,
  org_id: orNull(Text),
  class_id: orNull(Text),
})
export type BatchEssaysRegistered = z.infer<typeof BatchEssaysRegistered>
