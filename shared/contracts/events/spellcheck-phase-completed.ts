import { z } from 'zod'
import { orNull, Text } from '../blocks.ts'
import { ProcessingStatus } from '../enums.ts'
import { DateTime, Whole } from '../wire.ts'

/** One essay has been spellchecked (thin). */
export const SpellcheckPhaseCompletedV1 = z.object({
  entity_id: Text,
  batch_id: Text,
  correlation_id: Text,
  status: ProcessingStatus,
  corrected_text_storage_id: orNull(Text),
  error_code: orNull(Text),
  processing_duration_ms: Whole,
  timestamp: DateTime,
})
export type SpellcheckPhaseCompletedV1 = z.infer<typeof SpellcheckPhaseCompletedV1>
