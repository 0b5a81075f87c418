import { z } from 'zod'
import { baseEvent, EssayRef, orNull, StorageReferenceMetadata, Text } from '../blocks.ts'

/** Starts language analysis. */
export const BatchServiceNLPInitiateCommandDataV2 = z.object({
  ...baseEvent('batch.nlp.initiate.command.v2'),
  essays_to_process: z.array(EssayRef),
  language: Text,
  student_prompt_ref: orNull(StorageReferenceMetadata),
})
export type BatchServiceNLPInitiateCommandDataV2 = z.infer<typeof BatchServiceNLPInitiateCommandDataV2>
