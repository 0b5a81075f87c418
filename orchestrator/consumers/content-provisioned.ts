import type { TOPICS } from '../../shared/contracts/topics.ts'
import { MalformedError } from '../../shared/errors.ts'
import { essaysBytes } from '../sizes.ts'
import { type Handler, positionOf } from './handler.ts'

/** The texts are stored: a GUEST batch is ready with that, a REGULAR one's essays are matched to students. */
export const contentProvisioned: Handler<typeof TOPICS.contentProvisioned> = async (received, batchId, deps) => {
  const { event_id, correlation_id, data } = received.envelope
  const essays = data.essays_for_processing.map(({ essay_id, text_storage_id }) => [essay_id, text_storage_id] as const)
  // They are said on to be matched, and must fit a message there too.
  const bytes = essaysBytes(essays)
  if (bytes > deps.maxMessageBytes)
    throw new MalformedError('too_large', `its essays take ${bytes} bytes, and ${deps.maxMessageBytes} are allowed`)
  return deps.store.content(batchId, {
    ...{ cause: event_id, correlation_id, kind: 'provisioned' },
    essays,
    position: positionOf(received),
  })
}
