import { SENDERS } from '../../shared/contracts/senders.ts'
import { dlqOf, RESOLUTION } from '../../shared/contracts/topics.ts'
import { dateTimeOf } from '../../shared/contracts/wire.ts'
import { derivedId } from '../../shared/ids.ts'
import { type DeadLetter, deadLetterTime } from '../../shared/log/dead-letter.ts'
import type { OutgoingMessage } from '../../shared/log/port.ts'

export interface FailedResolution {
  readonly batchId: string
  readonly requestedPipeline: string
  /** Of the request, as its caller gave it. */
  readonly correlationId: string
  /** A stable code. */
  readonly reason: string
  /** A sentence; never internal text beyond an error's message. */
  readonly detail: string
  /** Milliseconds since 1970. */
  readonly at: number
}

/**
 * The dead letter of a resolution that failed, in the synthetic envelope of the original (contracts 5.12). The same failure
 * of the same request is the same letter. No record failed, so there is nothing to redrive: who asked asks again.
 */
export const resolutionFailed = (failed: FailedResolution): OutgoingMessage => {
  const { batchId, requestedPipeline, correlationId, reason, detail, at } = failed
  const id = (kind: string) => derivedId(kind, correlationId, batchId, requestedPipeline, reason)
  const subject = { batch_id: batchId, requested_pipeline: requestedPipeline }
  const error_details = { error_code: reason, message: detail }
  const letter: DeadLetter = {
    schema_version: 1,
    failed_event_envelope: {
      event_id: id('resolution_failed'),
      event_type: 'huleedu.batch.pipeline.resolution.failed.v1',
      event_timestamp: dateTimeOf(at),
      source_service: SENDERS.conductor,
      schema_version: 1,
      correlation_id: correlationId,
      data_schema_uri: null,
      data: { ...subject, failure_reason: reason, error_details },
      metadata: null,
    },
    dlq_reason: 'critical_resolution_failure',
    timestamp: deadLetterTime(at),
    service: SENDERS.conductor,
    additional_metadata: { ...subject, error_details },
    error: detail,
  }
  return {
    topic: dlqOf(RESOLUTION),
    key: batchId,
    value: JSON.stringify(letter),
    headers: {
      event_id: id('resolution_dead_letter'),
      event_type: dlqOf(RESOLUTION),
      source_service: SENDERS.conductor,
      trace_id: correlationId,
    },
  }
}
