import type { TOPICS } from '../../shared/contracts/topics.ts'
import { type Handler, positionOf } from './handler.ts'

/** All essays may be worked on. */
export const essaysReady: Handler<typeof TOPICS.essaysReady> = (received, batchId, { store }) =>
  store.content(batchId, {
    cause: received.envelope.event_id,
    correlation_id: received.envelope.correlation_id,
    kind: 'ready',
    essays: [],
    position: positionOf(received),
  })
