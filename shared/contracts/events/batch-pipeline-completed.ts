import { z } from 'zod'
import { SystemProcessingMetadata, Text } from '../blocks.ts'
import { BatchStatus } from '../enums.ts'
import { Float, Uuid, Whole } from '../wire.ts'

/** A run has ended. */
export const BatchPipelineCompletedV1 = z.object({
  event: Text.default('batch.pipeline.completed'),
  batch_id: Text,
  completed_phases: z.array(Text),
  final_status: BatchStatus,
  processing_duration_seconds: Float,
  successful_essay_count: Whole,
  failed_essay_count: Whole,
  correlation_id: Uuid,
  metadata: SystemProcessingMetadata,
})
export type BatchPipelineCompletedV1 = z.infer<typeof BatchPipelineCompletedV1>
