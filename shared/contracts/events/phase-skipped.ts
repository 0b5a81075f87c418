import { z } from 'zod'
import { orNull, SystemProcessingMetadata, Text } from '../blocks.ts'
import { Uuid } from '../wire.ts'

/** A phase was not run since it was not needed. */
export const PhaseSkippedV1 = z.object({
  event: Text.default('batch.phase.skipped'),
  batch_id: Text,
  phase_name: Text,
  skip_reason: Text.default('already_completed'),
  storage_id: orNull(Text),
  correlation_id: Uuid,
  metadata: SystemProcessingMetadata,
})
export type PhaseSkippedV1 = z.infer<typeof PhaseSkippedV1>
