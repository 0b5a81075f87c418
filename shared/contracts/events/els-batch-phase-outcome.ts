import { z } from 'zod'
import { randomId } from '../../ids.ts'
import { EssayRef, Text } from '../blocks.ts'
import { BatchStatus, PhaseName } from '../enums.ts'
import { Uuid } from '../wire.ts'

/** A phase of a batch has ended: which essays succeeded, with the texts that the next phase must use, and which failed. */
export const ELSBatchPhaseOutcomeV1 = z.object({
  batch_id: Text,
  phase_name: PhaseName,
  phase_status: BatchStatus,
  processed_essays: z.array(EssayRef),
  failed_essay_ids: z.array(Text),
  correlation_id: Uuid.default(randomId),
})
export type ELSBatchPhaseOutcomeV1 = z.infer<typeof ELSBatchPhaseOutcomeV1>
