import { z } from 'zod'
import { processingUpdate, Text } from '../blocks.ts'

/** Comparative judgement of a batch has failed; why is in `system_metadata.error_info`. */
export const CJAssessmentFailedV1 = z.object({
  ...processingUpdate('cj_assessment.failed'),
  cj_assessment_job_id: Text,
})
export type CJAssessmentFailedV1 = z.infer<typeof CJAssessmentFailedV1>
