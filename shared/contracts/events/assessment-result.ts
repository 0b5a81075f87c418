import { z } from 'zod'
import { Anything, baseEvent, orNull, Text, Timestamp } from '../blocks.ts'
import { Flag, Float, Whole } from '../wire.ts'

/** Grades of a comparative judgement (rich). */
export const AssessmentResultV1 = z.object({
  ...baseEvent('assessment.result.published'),
  batch_id: Text,
  cj_assessment_job_id: Text,
  assignment_id: orNull(Text.max(100)),
  assessment_method: Text,
  model_used: Text,
  model_provider: Text,
  model_version: orNull(Text),
  essay_results: z.array(
    z.object({
      essay_id: Text,
      normalized_score: Float.pipe(z.number().min(0).max(1)),
      letter_grade: z.string().regex(/^([A-F][+-]?|U)$/),
      confidence_score: Float.pipe(z.number().min(0).max(1)),
      confidence_label: z.enum(['HIGH', 'MID', 'LOW']),
      bt_score: Float,
      rank: Whole.pipe(z.number().positive()),
      is_anchor: Flag.default(false),
      feedback_uri: orNull(Text),
      metrics_uri: orNull(Text),
      display_name: orNull(Text),
    }),
  ),
  assessment_metadata: Anything.default({}),
  assessed_at: Timestamp,
})
export type AssessmentResultV1 = z.infer<typeof AssessmentResultV1>
