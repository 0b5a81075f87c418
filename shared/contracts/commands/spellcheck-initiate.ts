import { z } from 'zod'
import { baseEvent, EssayRef, Text } from '../blocks.ts'

/** Starts spellcheck. */
export const BatchServiceSpellcheckInitiateCommandDataV1 = z.object({
  ...baseEvent('batch.spellcheck.initiate.command'),
  essays_to_process: z.array(EssayRef),
  language: Text,
})
export type BatchServiceSpellcheckInitiateCommandDataV1 = z.infer<typeof BatchServiceSpellcheckInitiateCommandDataV1>
