import { messageOf } from '../../shared/contracts/send.ts'
import { SENDERS } from '../../shared/contracts/senders.ts'
import { TOPICS } from '../../shared/contracts/topics.ts'
import { dateTimeOf } from '../../shared/contracts/wire.ts'
import { envelopeFor } from './envelope.ts'
import type { Renderer } from './render.ts'

/** What the teacher is told where the contract has a word for it (5.11); other refusals have ours. */
const NOTICES: Readonly<Record<string, string>> = {
  insufficient_credits: 'pipeline_denied_insufficient_credits',
  rate_limit_exceeded: 'pipeline_denied_rate_limit',
}

/** A refusal is an answer: the request's verdict in the book, this for who listens, and a notice for the teacher. */
export const refused: Renderer<'refused'> = (book, entry) => {
  const request = book.requests.find(({ request_id }) => request_id === entry.request_id)
  if (!request) return []
  const reason = request.reason ?? 'refused'
  const required_credits = entry.credits?.required ?? 0
  const available_credits = entry.credits?.available ?? 0
  const said = {
    batch_id: book.batch_id,
    org_id: book.org_id,
    requested_pipeline: request.requested_pipeline,
    denial_reason: reason,
    required_credits,
    available_credits,
    resource_breakdown: entry.credits ? { ...entry.credits.breakdown } : null,
  }
  const denied = messageOf({
    ...envelopeFor(book, entry),
    topic: TOPICS.pipelineDenied,
    source: SENDERS.orchestrator,
    data: {
      ...said,
      entity_id: book.batch_id,
      entity_type: 'batch',
      user_id: request.user_id,
      // The one time on the wire that the original writes without a zone.
      denied_at: dateTimeOf(entry.at).replace('Z', ''),
    },
  })
  const notice = messageOf({
    ...envelopeFor(book, entry, 'notification'),
    topic: TOPICS.teacherNotification,
    source: SENDERS.orchestrator,
    data: {
      teacher_id: request.user_id,
      notification_type: NOTICES[reason] ?? 'pipeline_denied',
      category: 'batch_progress',
      priority: 'immediate',
      action_required: true,
      payload: {
        ...said,
        credit_deficit: Math.max(0, required_credits - available_credits),
        message: `Pipeline ${request.requested_pipeline} was not started: ${request.detail ?? reason}`,
        next_steps: entry.credits ? ['Add credits, or ask for fewer essays.'] : [],
      },
      correlation_id: entry.correlation_id,
      batch_id: book.batch_id,
    },
  })
  return [denied, notice]
}
