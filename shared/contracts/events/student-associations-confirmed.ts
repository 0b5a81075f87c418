import { z } from 'zod'
import { baseEvent, Text } from '../blocks.ts'
import { CourseCode } from '../enums.ts'
import { DateTime, Flag, Float, Whole } from '../wire.ts'

/** Who wrote which essay, confirmed by a teacher, a time-out or a program. */
export const StudentAssociationsConfirmedV1 = z.object({
  ...baseEvent('student.associations.confirmed'),
  batch_id: Text,
  class_id: Text,
  course_code: CourseCode,
  associations: z.array(
    z.object({
      essay_id: Text,
      student_id: Text.nullable(),
      confidence_score: Float,
      validation_method: z.enum(['human', 'timeout', 'auto']),
      validated_by: Text.nullable(),
      validated_at: DateTime,
    }),
  ),
  timeout_triggered: Flag.default(false),
  validation_summary: z.record(z.string(), Whole),
})
export type StudentAssociationsConfirmedV1 = z.infer<typeof StudentAssociationsConfirmedV1>
