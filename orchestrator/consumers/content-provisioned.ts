import type { TOPICS } from '../../shared/contracts/topics.ts'
import { type Handler, positionOf } from './handler.ts'

/** The texts are stored: a GUEST batch is ready with that. */
export const contentProvisioned: Handler<typeof TOPICS.contentProvisioned> = (received, batchId, { store }) =>
  store.content(batchId, {
    cause: received.envelope.event_id,
    correlation_id: received.envelope.correlation_id,
    kind: 'provisioned',
    position: positionOf(received),
  })
