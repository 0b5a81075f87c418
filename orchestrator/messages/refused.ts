import { messageOf } from '../../shared/contracts/send.ts'
import { SENDERS } from '../../shared/contracts/senders.ts'
import { TOPICS } from '../../shared/contracts/topics.ts'
import { dateTimeOf } from '../../shared/contracts/wire.ts'
import { envelopeFor } from './envelope.ts'
import type { Renderer } from './render.ts'

/** A refusal is an answer: the request's verdict, and this for who listens. No credits are asked for yet. */
export const refused: Renderer<'refused'> = (book, entry) => {
  const request = book.requests.find(({ request_id }) => request_id === entry.request_id)
  if (!request) return []
  return [
    messageOf({
      ...envelopeFor(book, entry),
      topic: TOPICS.pipelineDenied,
      source: SENDERS.orchestrator,
      data: {
        entity_id: book.batch_id,
        entity_type: 'batch',
        batch_id: book.batch_id,
        user_id: request.user_id,
        org_id: book.org_id,
        requested_pipeline: request.requested_pipeline,
        denial_reason: request.reason ?? 'refused',
        required_credits: 0,
        available_credits: 0,
        resource_breakdown: null,
        // The one time on the wire that the original writes without a zone.
        denied_at: dateTimeOf(entry.at).replace('Z', ''),
      },
    }),
  ]
}
