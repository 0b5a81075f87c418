import { z } from 'zod'
import { ProcessingSummary, processingUpdate, Text } from '../blocks.ts'

/** Language analysis of a batch has ended. */
export const BatchNlpAnalysisCompletedV1 = z.object({
  ...processingUpdate('batch.nlp.analysis.completed'),
  batch_id: Text,
  processing_summary: ProcessingSummary,
})
export type BatchNlpAnalysisCompletedV1 = z.infer<typeof BatchNlpAnalysisCompletedV1>
