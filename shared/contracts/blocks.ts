import { z } from 'zod'
import { BatchStatus, ContentType, EssayStatusName, ProcessingEvent, ProcessingStage } from './enums.ts'
import { DateTime, dateTimeOf, Float, Uuid, Whole } from './wire.ts'

/** Building blocks that several payloads share (contracts, section 3). Optional fields are written as null, never left out. */

/** A field that may be absent or null; null on the wire. */
export const orNull = <Schema extends z.ZodType>(schema: Schema) => schema.nullish().transform((value) => value ?? null)

/** A time that defaults to now, as the original's models do on reading. */
export const Timestamp = DateTime.default(() => dateTimeOf(Date.now()))

export const Text = z.string()
export const Anything = z.record(z.string(), z.unknown())

export const SystemProcessingMetadata = z.object({
  entity_id: Text,
  entity_type: Text,
  parent_id: orNull(Text),
  timestamp: Timestamp,
  processing_stage: orNull(ProcessingStage),
  started_at: orNull(DateTime),
  completed_at: orNull(DateTime),
  event: orNull(Text),
  error_info: Anything.default({}),
})
export type SystemProcessingMetadata = z.infer<typeof SystemProcessingMetadata>

const base = { entity_id: orNull(Text), entity_type: orNull(Text), parent_id: orNull(Text), timestamp: Timestamp }

const update = { status: z.union([EssayStatusName, BatchStatus]), system_metadata: SystemProcessingMetadata }

/** Fields of the base of most payloads, where the name of the event is preset. */
export const baseEvent = (preset: ProcessingEvent) => ({ event_name: ProcessingEvent.default(preset), ...base })

/** Fields of the base of payloads that report a status, where the name of the event is preset. */
export const processingUpdate = (preset: ProcessingEvent) => ({ ...baseEvent(preset), ...update })

/** The same where the message must name its event. */
export const namedProcessingUpdate = { event_name: ProcessingEvent, ...base, ...update }

/** Unknown content types are refused, as in the original. */
export const StorageReferenceMetadata = z.object({
  references: z.partialRecord(ContentType, z.record(z.string(), z.string())).default({}),
})
export type StorageReferenceMetadata = z.infer<typeof StorageReferenceMetadata>

/** One essay in a command or an outcome. Empty strings pass; the metrics are not checked (contracts, section 3). */
export const EssayRef = z.object({
  essay_id: Text,
  text_storage_id: Text,
  spellcheck_metrics: z
    .unknown()
    .optional()
    .transform((value) => value ?? null),
})
export type EssayRef = z.infer<typeof EssayRef>

export const SpellcheckMetricsV1 = z.object({
  total_corrections: Whole,
  l2_dictionary_corrections: Whole,
  spellchecker_corrections: Whole,
  word_count: Whole,
  correction_density: Float,
})

/** Exactly one of the two; an empty `assignment_id` counts as not given. */
export const PipelinePromptPayload = z
  .object({ assignment_id: orNull(Text.trim().max(100)), cms_prompt_ref: orNull(StorageReferenceMetadata) })
  .refine((prompt) => Boolean(prompt.assignment_id) !== Boolean(prompt.cms_prompt_ref), {
    message: 'exactly one of assignment_id and cms_prompt_ref must be given',
  })
export type PipelinePromptPayload = z.infer<typeof PipelinePromptPayload>

export const ErrorDetail = z.object({
  error_code: Text,
  message: Text,
  correlation_id: Uuid,
  timestamp: DateTime,
  service: Text,
  operation: Text,
  details: Anything.default({}),
  stack_trace: orNull(Text),
  trace_id: orNull(Text),
  span_id: orNull(Text),
})

/** What a batch-wide specialist reports of its essays; the inner shape is not checked, unknown fields are kept. */
export const ProcessingSummary = Anything.default({
  total_essays: 0,
  successful: 0,
  failed: 0,
  successful_essay_ids: [],
  failed_essay_ids: [],
  processing_time_seconds: 0,
})
