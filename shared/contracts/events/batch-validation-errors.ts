import { z } from 'zod'
import { randomId } from '../../ids.ts'
import { ErrorDetail, SystemProcessingMetadata, Text } from '../blocks.ts'
import { DateTime, Flag, Uuid, Whole } from '../wire.ts'

/** Essays whose content was refused. */
export const BatchValidationErrorsV1 = z.object({
  event: Text.default('batch.validation.errors.v1'),
  batch_id: Text,
  failed_essays: z.array(z.object({ essay_id: Text, file_name: Text, error_detail: ErrorDetail, failed_at: DateTime })),
  error_summary: z.object({
    total_errors: Whole,
    error_categories: z.record(z.string(), Whole),
    critical_failure: Flag.default(false),
  }),
  correlation_id: Uuid.default(randomId),
  metadata: SystemProcessingMetadata,
})
export type BatchValidationErrorsV1 = z.infer<typeof BatchValidationErrorsV1>
