import type { TOPICS } from '../../shared/contracts/topics.ts'
import { type Handler, positionOf } from './handler.ts'

/** Some essays were refused; a critical failure ends the hope for the whole batch. */
export const validationErrors: Handler<typeof TOPICS.validationErrors> = (received, batchId, { store }) =>
  store.content(batchId, {
    cause: received.envelope.event_id,
    correlation_id: received.envelope.correlation_id,
    kind: received.envelope.data.error_summary.critical_failure ? 'failed' : 'noted',
    essays: [],
    position: positionOf(received),
  })
