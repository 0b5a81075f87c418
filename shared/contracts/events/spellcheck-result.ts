import { z } from 'zod'
import { namedProcessingUpdate, orNull, SpellcheckMetricsV1, Text } from '../blocks.ts'
import { Whole } from '../wire.ts'

/** One essay has been spellchecked, with what was found (rich). */
export const SpellcheckResultV1 = z.object({
  ...namedProcessingUpdate,
  batch_id: Text,
  correlation_id: Text,
  user_id: orNull(Text),
  corrections_made: Whole,
  correction_metrics: SpellcheckMetricsV1,
  original_text_storage_id: Text,
  corrected_text_storage_id: orNull(Text),
  processing_duration_ms: Whole,
  processor_version: Text.default('pyspellchecker_1.0_L2_swedish'),
})
export type SpellcheckResultV1 = z.infer<typeof SpellcheckResultV1>
