import { z } from '@hono/zod-openapi'
import type { LetterBody, LetterFilterBody } from '../../../shared/contracts/http/dead-letters.ts'
import { dateTimeOf } from '../../../shared/contracts/wire.ts'
import type { Letter } from '../../dead-letters/port.ts'
import { type LetterFilter, stateOf } from '../../dead-letters/search.ts'

/** A letter in a path. */
export const LetterPath = z.object({
  letter_id: z.uuid().openapi({ param: { name: 'letter_id', in: 'path' } }),
})

export const filterOf = ({
  topic,
  reason,
  batch_id,
  correlation_id,
  cause,
  state,
}: LetterFilterBody): LetterFilter => ({
  topic,
  reason,
  batchId: batch_id,
  correlationId: correlation_id,
  cause,
  state,
})

/** A letter as answers show it. */
export const letterBody = (letter: Letter): LetterBody => {
  const { head, decision } = letter
  return {
    letter_id: head.id,
    topic: head.topic,
    reason: head.reason,
    error: head.error,
    service: head.service,
    batch_id: head.batchId,
    correlation_id: head.correlationId,
    event_type: head.eventType,
    at: dateTimeOf(head.at),
    redrivable: head.redrivable,
    was_redriven: head.wasRedriven,
    state: stateOf(letter),
    decided_by: decision?.decidedBy ?? null,
    decided_for: decision?.userId ?? null,
    decided_at: decision ? dateTimeOf(decision.decidedAt) : null,
  }
}
