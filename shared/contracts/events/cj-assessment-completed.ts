import { z } from 'zod'
import { ProcessingSummary, processingUpdate, Text } from '../blocks.ts'

/** Comparative judgement of a batch has ended (thin). `entity_id` is the batch. */
export const CJAssessmentCompletedV1 = z.object({
  ...processingUpdate('cj_assessment.completed'),
  cj_assessment_job_id: Text,
  processing_summary: ProcessingSummary,
})
export type CJAssessmentCompletedV1 = z.infer<typeof CJAssessmentCompletedV1>
