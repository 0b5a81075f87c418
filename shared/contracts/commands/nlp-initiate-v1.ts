import { z } from 'zod'
import { baseEvent, EssayRef, Text } from '../blocks.ts'

/** Starts language analysis, the older form that nobody sends now. */
export const BatchServiceNLPInitiateCommandDataV1 = z.object({
  ...baseEvent('batch.nlp.initiate.command'),
  essays_to_process: z.array(EssayRef),
  language: Text,
})
export type BatchServiceNLPInitiateCommandDataV1 = z.infer<typeof BatchServiceNLPInitiateCommandDataV1>
