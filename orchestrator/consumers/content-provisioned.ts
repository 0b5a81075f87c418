import type { TOPICS } from '../../shared/contracts/topics.ts'
import { type Handler, positionOf } from './handler.ts'

/** The texts are stored: a GUEST batch is ready with that, a REGULAR one's essays are matched to students. */
export const contentProvisioned: Handler<typeof TOPICS.contentProvisioned> = (received, batchId, { store }) =>
  store.content(batchId, {
    cause: received.envelope.event_id,
    correlation_id: received.envelope.correlation_id,
    kind: 'provisioned',
    essays: received.envelope.data.essays_for_processing.map(({ essay_id, text_storage_id }) => [
      essay_id,
      text_storage_id,
    ]),
    position: positionOf(received),
  })
