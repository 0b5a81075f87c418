import { z } from 'zod'
import { processingUpdate, Text } from '../blocks.ts'
import { BatchStatus } from '../enums.ts'
import { Float, Whole } from '../wire.ts'

/** The result aggregator has all results of a batch. */
export const BatchResultsReadyV1 = z.object({
  ...processingUpdate('batch.results.ready'),
  batch_id: Text,
  user_id: Text,
  total_essays: Whole,
  completed_essays: Whole,
  phase_results: z.record(z.string(), z.unknown()),
  overall_status: BatchStatus,
  processing_duration_seconds: Float,
})
export type BatchResultsReadyV1 = z.infer<typeof BatchResultsReadyV1>
