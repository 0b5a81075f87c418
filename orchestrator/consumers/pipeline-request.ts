import type { TOPICS } from '../../shared/contracts/topics.ts'
import { traceparentOf } from '../../shared/contracts/traced.ts'
import { redriveOf } from '../../shared/log/redriven.ts'
import { type Handler, positionOf } from './handler.ts'

/** A client asks for a pipeline. */
export const pipelineRequest: Handler<typeof TOPICS.pipelineRequest> = (
  received,
  batchId,
  { store, readyWaitMs, maxRequestBytes, requestMaxAgeMs },
) => {
  const { envelope, at, headers } = received
  const redrive = redriveOf(headers)
  const { data } = envelope
  return store.request(batchId, {
    request_id: envelope.event_id,
    correlation_id: data.client_correlation_id,
    requested_pipeline: data.requested_pipeline,
    user_id: data.user_id,
    is_retry: data.is_retry,
    message: JSON.stringify({ ...data, traceparent: traceparentOf(received) }),
    assignment_id: data.prompt_payload?.assignment_id || null,
    prompt_ref: data.prompt_payload?.cms_prompt_ref ? JSON.stringify(data.prompt_payload.cms_prompt_ref) : null,
    // Whoever redrives a request asks for it now: it is not old.
    at: redrive?.at ?? Math.floor(at / 1_000),
    position: positionOf(received),
    redrive_id: redrive?.id ?? null,
    wait_ms: readyWaitMs,
    max_bytes: maxRequestBytes,
    max_age_ms: requestMaxAgeMs,
  })
}
