import { z } from '@hono/zod-openapi'

/** A revision as a client sends it back: digits, as it stood in `id:`. */
const Revision = z
  .string()
  .regex(/^\d{1,16}$/, 'must be a revision: the id of an event')
  .transform(Number)

export const ResumeQuery = z.object({
  after: Revision.optional().openapi({ description: 'The revision that the client has: nothing up to it is sent' }),
  ticket: z.string().max(100).optional().openapi({ description: 'A one-time ticket, in place of Authorization' }),
})

export const ResumeHeaders = z.object({
  'last-event-id': z
    .union([z.literal('').transform(() => undefined), Revision])
    .optional()
    .openapi({ description: 'Sent by an EventSource that connects again; the larger of it and `after` counts' }),
})

/** Where a client goes on: an EventSource that connects again repeats its first URL, so `after` may be the older one. */
export const resumeFrom = (after: number | undefined, lastEventId: number | undefined): number | undefined =>
  after === undefined ? lastEventId : Math.max(after, lastEventId ?? 0)
