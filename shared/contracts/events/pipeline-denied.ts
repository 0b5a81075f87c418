import { z } from 'zod'
import { baseEvent, orNull, Text } from '../blocks.ts'
import { DateTime, Whole } from '../wire.ts'

/** A request was refused; the reason code says why. `denied_at` carries no zone. */
export const PipelineDeniedV1 = z.object({
  ...baseEvent('pipeline.denied'),
  batch_id: Text,
  user_id: Text,
  org_id: orNull(Text),
  requested_pipeline: Text,
  denial_reason: Text,
  required_credits: Whole,
  available_credits: Whole,
  resource_breakdown: orNull(z.record(z.string(), Whole)),
  denied_at: DateTime,
})
export type PipelineDeniedV1 = z.infer<typeof PipelineDeniedV1>
