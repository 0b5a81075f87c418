import { z } from 'zod'
import { type CorrelationId, type EventId, randomId } from '../ids.ts'
import { orNull } from './blocks.ts'
import { DateTime, dateTimeOf, Uuid, Whole } from './wire.ts'

/** What every Kafka value is wrapped in (contracts, section 2). `data` is read in a second step, by its own model. */
export const Envelope = z.object({
  event_id: Uuid.default(randomId),
  event_type: z.string(),
  event_timestamp: DateTime.default(() => dateTimeOf(Date.now())),
  source_service: z.string(),
  schema_version: Whole.default(1),
  correlation_id: Uuid.default(randomId),
  data_schema_uri: orNull(z.string()),
  data: z.unknown().refine((value) => value !== undefined, { message: 'data is required' }),
  metadata: orNull(z.record(z.string(), z.unknown())),
})
export type Envelope = z.infer<typeof Envelope>

/** An envelope whose data has been read as well. */
export type EnvelopeOf<Data> = Omit<Envelope, 'data' | 'event_id' | 'correlation_id'> & {
  readonly event_id: EventId
  readonly correlation_id: CorrelationId
  readonly data: Data
}

/** The schema of an envelope with its data, for where both are read in one step (documents, tests). */
export const envelopeOf = <Data extends z.ZodType>(data: Data) => Envelope.extend({ data })
