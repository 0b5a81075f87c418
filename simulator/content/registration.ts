import { SENDERS } from '../../shared/contracts/senders.ts'
import { TOPICS } from '../../shared/contracts/topics.ts'
import { dateTimeOf } from '../../shared/contracts/wire.ts'
import { derivedId } from '../../shared/ids.ts'
import { type Answer, answering } from '../answer.ts'
import { type Cause, type Cue, cue } from '../script.ts'
import type { EssayWork, WorkThrough } from '../work.ts'

/** The stage in which file service and essay lifecycle service take in the texts of a batch. */
const CONTENT = 'content'

export interface RegistrationDeps {
  readonly workThrough: WorkThrough
  /** `SIMULATOR_CONTENT_FAILURE_RATE`. */
  readonly failureRate: number
}

/**
 * A batch was registered: its files are uploaded, their texts stored and validated. Essays marked `fail-content` are
 * refused; a batch without a single text has failed as a whole. A class's batch has to be matched to its students next.
 */
export const registrationOf = ({ workThrough, failureRate }: RegistrationDeps): Answer =>
  answering({
    topic: TOPICS.essaysRegistered,
    stage: CONTENT,
    essayIdsOf: ({ essay_ids }) => essay_ids,
    *cuesOf(cause, data) {
      const essays = data.essay_ids.map((id) => textOf(cause, id))
      const worked = workThrough(cause, { stage: CONTENT, failureRate }, essays)
      for (const work of worked) if (work.succeeded) yield slotAssigned(cause, work)

      const at = worked.at(-1)?.endedAt ?? cause.at
      const accepted = worked.filter(({ succeeded }) => succeeded).map(({ essay }) => essay)
      // First what is refused: who plans on the event that follows must know of it.
      if (accepted.length < worked.length || worked.length === 0) yield validationErrors(cause, at, worked)
      if (accepted.length === 0) return
      yield cue(cause, {
        topic: TOPICS.contentProvisioned,
        source: SENDERS.essayLifecycle,
        at,
        data: {
          batch_id: cause.batchId,
          provisioned_count: accepted.length,
          expected_count: data.expected_essay_count,
          course_code: data.course_code,
          user_id: data.user_id,
          essays_for_processing: accepted,
        },
      })
    },
  })

const textOf = (cause: Cause, essayId: string) => ({
  essay_id: essayId,
  text_storage_id: derivedId(cause.eventId, 'text', essayId),
  spellcheck_metrics: null,
})

const fileNameOf = (essayId: string): string => `${essayId}.docx`

const slotAssigned = (cause: Cause, { essay, endedAt }: EssayWork): Cue =>
  cue(cause, {
    topic: TOPICS.slotAssigned,
    source: SENDERS.essayLifecycle,
    at: endedAt,
    essayId: essay.essay_id,
    key: essay.essay_id,
    data: {
      batch_id: cause.batchId,
      essay_id: essay.essay_id,
      file_upload_id: derivedId(cause.eventId, 'upload', essay.essay_id),
      text_storage_id: essay.text_storage_id,
      original_file_name: fileNameOf(essay.essay_id),
    },
  })

const validationErrors = (cause: Cause, at: number, worked: readonly EssayWork[]): Cue => {
  const refused = worked.filter(({ succeeded }) => !succeeded)
  return cue(cause, {
    topic: TOPICS.validationErrors,
    source: SENDERS.essayLifecycle,
    at,
    data: {
      batch_id: cause.batchId,
      failed_essays: refused.map(({ essay, endedAt }) => ({
        essay_id: essay.essay_id,
        file_name: fileNameOf(essay.essay_id),
        error_detail: {
          error_code: 'VALIDATION_ERROR',
          message: 'Text extraction produced no words',
          correlation_id: cause.correlationId,
          timestamp: dateTimeOf(endedAt),
          service: 'file-service',
          operation: 'validate_text',
          details: { min_words: 50 },
        },
        failed_at: dateTimeOf(endedAt),
      })),
      error_summary: {
        total_errors: refused.length,
        error_categories: { validation: refused.length },
        critical_failure: refused.length === worked.length,
      },
      metadata: { entity_id: cause.batchId, entity_type: 'batch', event: 'batch.validation.errors' },
    },
  })
}
