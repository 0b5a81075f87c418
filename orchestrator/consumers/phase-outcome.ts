import type { TOPICS } from '../../shared/contracts/topics.ts'
import { type Handler, positionOf } from './handler.ts'

/** A phase of a batch has ended. */
export const phaseOutcome: Handler<typeof TOPICS.phaseOutcome> = (received, batchId, { store }) => {
  const { data, event_id } = received.envelope
  return store.outcome(batchId, {
    cause: event_id,
    correlation_id: data.correlation_id,
    phase: data.phase_name,
    processed: data.processed_essays.map(({ essay_id, text_storage_id }) => [essay_id, text_storage_id] as const),
    failed: data.failed_essay_ids,
    at: Math.floor(received.at / 1_000),
    position: positionOf(received),
  })
}
