import { messageOf } from '../../shared/contracts/send.ts'
import { SENDERS } from '../../shared/contracts/senders.ts'
import { TOPICS } from '../../shared/contracts/topics.ts'
import { batchId, type CorrelationId, derivedId, eventId } from '../../shared/ids.ts'
import { DeadLetter } from '../../shared/log/dead-letter.ts'
import type { OutgoingMessage } from '../../shared/log/port.ts'
import { REDRIVE_ID, REDRIVEN_AT, REDRIVEN_FROM, redrivenFrom } from '../../shared/log/redriven.ts'
import type { LetterDecision, LetterHead } from './port.ts'

/**
 * The dead record as it was, key, bytes and headers, with headers that say that it was redriven and from where. A letter's
 * redrive always has the same ids, so that it counts once however often it is sent. Undefined when the letter does not hold
 * the record.
 */
export const redrivenMessage = (head: LetterHead, body: string, at: number): OutgoingMessage | undefined => {
  const { source, raw } = DeadLetter.parse(JSON.parse(body))
  if (!head.redrivable || !source || typeof raw !== 'string') return undefined
  return {
    topic: source.topic,
    key: source.key === null ? null : Buffer.from(source.key, 'base64'),
    value: Buffer.from(raw, 'base64'),
    headers: {
      // One that died again after a redrive still is the record that first stood elsewhere.
      [REDRIVEN_FROM]: redrivenFrom(source),
      ...source.headers,
      [REDRIVE_ID]: derivedId('redrive', head.id),
      [REDRIVEN_AT]: String(at),
    },
  }
}

/** A decision as the log keeps it. */
export const decisionMessage = (
  head: LetterHead,
  decision: LetterDecision,
  correlationId: CorrelationId,
): OutgoingMessage => ({
  ...messageOf({
    topic: TOPICS.deadLetterDecided,
    batchId: batchId(head.batchId ?? ''),
    eventId: eventId(derivedId('dead_letter_decided', head.id, decision.verdict)),
    correlationId,
    source: SENDERS.conductor,
    at: decision.decidedAt,
    data: {
      letter_id: head.id,
      topic: head.topic,
      batch_id: head.batchId,
      verdict: decision.verdict,
      decided_by: decision.decidedBy,
      user_id: decision.userId,
      decided_at: decision.decidedAt,
    },
  }),
  key: head.id,
})
