import type { TOPICS } from '../../shared/contracts/topics.ts'
import type { Handler } from './handler.ts'

/** The essays of a REGULAR batch belong to students now; essay lifecycle makes the batch ready next. */
export const associationsConfirmed: Handler<typeof TOPICS.associationsConfirmed> = (received, batchId, { store }) =>
  store.content(batchId, {
    cause: received.envelope.event_id,
    correlation_id: received.envelope.correlation_id,
    kind: 'confirmed',
    essays: [],
    position: null,
  })
