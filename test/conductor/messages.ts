import { messageOf } from '../../shared/contracts/send.ts'
import { SENDERS } from '../../shared/contracts/senders.ts'
import { TOPICS } from '../../shared/contracts/topics.ts'
import { dateTimeOf } from '../../shared/contracts/wire.ts'
import { type BatchId, correlationId, derivedId, eventId } from '../../shared/ids.ts'
import type { OutgoingMessage } from '../../shared/log/port.ts'

/** Messages as the other services send them. */

export const AT = 1_770_106_530_623
export const CORRELATION = correlationId('4848e3a5-d5b1-4c67-972f-7fd205078a55')

const metadata = (id: BatchId) => ({ entity_id: id, entity_type: 'batch' })

export const registered = (id: BatchId, essays: readonly string[], at = AT): OutgoingMessage =>
  messageOf({
    topic: TOPICS.essaysRegistered,
    batchId: id,
    eventId: eventId(derivedId(id, 'registered')),
    correlationId: CORRELATION,
    source: SENDERS.orchestratorRegistration,
    at,
    data: {
      entity_id: id,
      expected_essay_count: essays.length,
      essay_ids: [...essays],
      metadata: metadata(id),
      course_code: 'ENG6',
      user_id: 'teacher-1',
    },
  })

export const provisioned = (id: BatchId, essays: readonly string[]): OutgoingMessage =>
  messageOf({
    topic: TOPICS.contentProvisioned,
    batchId: id,
    eventId: eventId(derivedId(id, 'provisioned')),
    correlationId: CORRELATION,
    source: SENDERS.essayLifecycle,
    at: AT + 1,
    data: {
      batch_id: id,
      provisioned_count: essays.length,
      expected_count: essays.length,
      course_code: 'ENG6',
      user_id: 'teacher-1',
      essays_for_processing: essays.map((essay_id) => ({ essay_id, text_storage_id: `text of ${essay_id}` })),
    },
  })

export const spellchecked = (id: BatchId, essay: string): OutgoingMessage => ({
  ...messageOf({
    topic: TOPICS.spellcheckPhaseCompleted,
    batchId: id,
    eventId: eventId(derivedId(id, essay, 'spellchecked')),
    correlationId: CORRELATION,
    source: SENDERS.spellchecker,
    at: AT + 2,
    data: {
      entity_id: essay,
      batch_id: id,
      correlation_id: CORRELATION,
      status: 'completed',
      corrected_text_storage_id: `corrected ${essay}`,
      error_code: null,
      processing_duration_ms: 5,
      timestamp: dateTimeOf(AT + 2),
    },
  }),
  // The original's spellchecker keys by essay, so one batch's events come from many partitions.
  key: essay,
})

/** One essay's language analysis, keyed by essay as the original's service does. */
export const analysed = (id: BatchId, essay: string): OutgoingMessage => ({
  ...messageOf({
    topic: TOPICS.essayNlpCompleted,
    batchId: id,
    eventId: eventId(derivedId(id, essay, 'analysed')),
    correlationId: CORRELATION,
    source: SENDERS.nlp,
    at: AT + 3,
    data: {
      entity_id: essay,
      entity_type: 'essay',
      parent_id: id,
      essay_id: essay,
      text_storage_id: `corrected ${essay}`,
      nlp_metrics: { word_count: 271, sentence_count: 19, avg_sentence_length: 14.26, language_detected: 'en' },
      grammar_analysis: { error_count: 0, language: 'en' },
    },
  }),
  key: essay,
})

/** One essay's feedback; the original has no producer of it. */
export const withFeedback = (id: BatchId, essay: string): OutgoingMessage => ({
  ...messageOf({
    topic: TOPICS.aiFeedbackCompleted,
    batchId: id,
    eventId: eventId(derivedId(id, essay, 'with feedback')),
    correlationId: CORRELATION,
    source: SENDERS.aiFeedback,
    at: AT + 4,
    data: {
      entity_id: essay,
      entity_type: 'essay',
      parent_id: id,
      status: 'ai_feedback_success',
      system_metadata: { entity_id: essay, entity_type: 'essay', parent_id: id },
      feedback_details: { model_version: 'm-1', generation_timestamp: dateTimeOf(AT), feedback_type: 'student_facing' },
    },
  }),
  key: essay,
})
