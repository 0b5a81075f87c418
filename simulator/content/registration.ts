import type { EssayRef } from '../../shared/contracts/blocks.ts'
import { receiveAs } from '../../shared/contracts/receive.ts'
import type { DataOf } from '../../shared/contracts/registry.ts'
import { messageOf } from '../../shared/contracts/send.ts'
import { SENDERS } from '../../shared/contracts/senders.ts'
import { TOPICS } from '../../shared/contracts/topics.ts'
import { dateTimeOf } from '../../shared/contracts/wire.ts'
import { derivedId, eventId } from '../../shared/ids.ts'
import type { LogRecord, OutgoingMessage } from '../../shared/log/port.ts'
import { type Answer, answering } from '../answer.ts'
import { type Cause, type Cue, cue } from '../script.ts'
import type { EssayWork, WorkThrough } from '../work.ts'
import { filesByEssay, type UploadedFile, type UploadStore } from './uploads.ts'

/** The stage in which file service and essay lifecycle service take in the texts of a batch. */
const CONTENT = 'content'

export interface RegistrationDeps {
  readonly workThrough: WorkThrough
  /** `SIMULATOR_CONTENT_FAILURE_RATE`. */
  readonly failureRate: number
  /** Left out, nobody uploads anything, and every text is made up. */
  readonly uploads?: UploadStore | undefined
}

type Registered = DataOf<typeof TOPICS.essaysRegistered>

/** Works through the essays of a registration, each with the file that was uploaded for it or with a made-up one. */
const takeIn = ({ workThrough, failureRate, uploads }: RegistrationDeps, cause: Cause, { essay_ids }: Registered) => {
  const files = filesByEssay(essay_ids, uploads?.filesOf(cause.batchId) ?? [])
  const worked = workThrough(
    cause,
    { stage: CONTENT, failureRate },
    essay_ids.map((id) => textOf(cause, id, files.get(id))),
  )
  const accepted = worked.filter(({ succeeded }) => succeeded).map(({ essay }) => essay)
  return { files, worked, accepted, endedAt: worked.at(-1)?.endedAt ?? cause.at }
}

const provisioned = (cause: Cause, data: Registered, essays: EssayRef[]) => ({
  batch_id: cause.batchId,
  provisioned_count: essays.length,
  expected_count: data.expected_essay_count,
  course_code: data.course_code,
  user_id: data.user_id,
  essays_for_processing: essays,
})

/**
 * A batch was registered: its files are uploaded, their texts stored and validated. Essays marked `fail-content` are
 * refused; a batch without a single text has failed as a whole. A class's batch has to be matched to its students next.
 */
export const registrationOf = (deps: RegistrationDeps): Answer => {
  const answer = answering({
    topic: TOPICS.essaysRegistered,
    stage: CONTENT,
    essayIdsOf: ({ essay_ids }) => essay_ids,
    *cuesOf(cause, data) {
      const { files, worked, accepted, endedAt: at } = takeIn(deps, cause, data)
      for (const work of worked)
        if (work.succeeded) yield slotAssigned(cause, work, files.get(work.essay.essay_id)?.fileName)
      // First what is refused: who plans on the event that follows must know of it.
      if (accepted.length < worked.length || worked.length === 0) yield validationErrors(cause, at, worked)
      if (accepted.length === 0) return
      const said = { topic: TOPICS.contentProvisioned, source: SENDERS.essayLifecycle, at }
      yield cue(cause, { ...said, data: provisioned(cause, data, accepted) })
    },
  })
  return {
    ...answer,
    read(record) {
      const script = answer.read(record)
      deps.uploads?.keepRegistration(script.cause.batchId, record)
      return script
    },
  }
}

/**
 * What is said when a file comes for a batch whose registration is known: the texts of the batch once more, that file's among
 * them. It is dated after what the registration itself leads to, so that it holds whichever of the two is said first.
 */
export const uploadOf = (
  deps: RegistrationDeps,
  record: LogRecord,
  file: UploadedFile,
  now: number,
): OutgoingMessage | undefined => {
  const { envelope, at, headers } = receiveAs(TOPICS.essaysRegistered, record)
  const { event_id, correlation_id, data } = envelope
  const { batchId } = file
  const traceparent = headers['traceparent']
  const cause = { batchId, eventId: event_id, correlationId: correlation_id, at: at / 1_000, traceparent }
  const { accepted, endedAt } = takeIn(deps, cause, data)
  if (accepted.length === 0) return undefined
  return messageOf({
    topic: TOPICS.contentProvisioned,
    batchId,
    eventId: eventId(derivedId(event_id, 'uploaded', file.storageId)),
    correlationId: correlation_id,
    source: SENDERS.essayLifecycle,
    at: Math.max(now, endedAt + 1),
    data: provisioned(cause, data, accepted),
    traceparent,
  })
}

const textOf = (cause: Cause, essayId: string, file: UploadedFile | undefined): EssayRef => ({
  essay_id: essayId,
  text_storage_id: file?.storageId ?? derivedId(cause.eventId, 'text', essayId),
  spellcheck_metrics: null,
})

const fileNameOf = (essayId: string): string => `${essayId}.docx`

const slotAssigned = (cause: Cause, { essay, endedAt }: EssayWork, fileName = fileNameOf(essay.essay_id)): Cue =>
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
      original_file_name: fileName,
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
