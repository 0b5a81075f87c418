import { z } from 'zod'
import { DeadLetterVerdict } from '../../shared/contracts/events/dead-letter-decided.ts'
import type { Letter, LetterDecision, LetterHead } from './port.ts'

/** Heads and decisions as both stores keep them: JSON. */

const Head = z.object({
  id: z.string(),
  topic: z.string(),
  reason: z.string(),
  error: z.string(),
  service: z.string(),
  batchId: z.string().nullable(),
  correlationId: z.string().nullable(),
  eventType: z.string().nullable(),
  at: z.number(),
  redrivable: z.boolean(),
  wasRedriven: z.boolean(),
}) satisfies z.ZodType<LetterHead>

const Decision = z.object({
  verdict: DeadLetterVerdict,
  decidedBy: z.string(),
  userId: z.string().nullable(),
  decidedAt: z.number(),
}) satisfies z.ZodType<LetterDecision>

/** A letter from its rows; a decision may be missing. */
export const letterOf = (head: string, decision: string | null): Letter => ({
  head: Head.parse(JSON.parse(head)),
  decision: decision ? Decision.parse(JSON.parse(decision)) : null,
})
