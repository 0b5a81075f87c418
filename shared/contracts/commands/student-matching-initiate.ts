import { z } from 'zod'
import { baseEvent, EssayRef, Text } from '../blocks.ts'
import { CourseCode } from '../enums.ts'

/** Starts the matching of essays to students (REGULAR batches). */
export const BatchServiceStudentMatchingInitiateCommandDataV1 = z.object({
  ...baseEvent('batch.student.matching.initiate.command'),
  essays_to_process: z.array(EssayRef),
  class_id: Text,
  course_code: CourseCode,
})
export type BatchServiceStudentMatchingInitiateCommandDataV1 = z.infer<
  typeof BatchServiceStudentMatchingInitiateCommandDataV1
>
