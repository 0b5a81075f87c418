import { z } from 'zod'
import { namedProcessingUpdate, orNull, StorageReferenceMetadata, Text } from '../blocks.ts'
import { Whole } from '../wire.ts'

/** One essay has been spellchecked, the older form; the batch id is in `parent_id`. */
export const SpellcheckResultDataV1 = z.object({
  ...namedProcessingUpdate,
  original_text_storage_id: Text,
  storage_metadata: orNull(StorageReferenceMetadata),
  corrections_made: orNull(Whole),
})
export type SpellcheckResultDataV1 = z.infer<typeof SpellcheckResultDataV1>
