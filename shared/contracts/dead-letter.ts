import { z } from 'zod'
import { Anything, Text } from './blocks.ts'
import { DateTime, Whole } from './wire.ts'

/** A dead letter as the original writes it (contracts, section 5.12); `additional_metadata` is absent rather than null. */
export const DeadLetterRecord = z.object({
  schema_version: Whole.default(1),
  /** The whole envelope, or whatever the failed record held. */
  failed_event_envelope: Anything,
  dlq_reason: Text,
  timestamp: DateTime,
  service: Text,
  additional_metadata: Anything.optional(),
})
export type DeadLetterRecord = z.infer<typeof DeadLetterRecord>
