import { z } from 'zod'
import { ROLES } from '../sign-in/roles.ts'

/** What a ticket stands for: a sign-in that was checked when the ticket was issued. */
export const SignedIn = z.object({
  user: z.object({
    userId: z.string(),
    orgId: z.string().nullable(),
    roles: z.array(z.enum(ROLES)),
    scopes: z.array(z.string()).nullable(),
  }),
  /** When the sign-in ends, milliseconds since 1970. */
  until: z.number(),
})
export type SignedIn = z.infer<typeof SignedIn>

/** Milliseconds that a ticket may be used: long enough to open a connection, no longer. */
export const TICKET_MS = 30_000

/**
 * Tickets by their digest, so that whoever reads the store cannot use them. Any gateway takes what another one put. Both
 * sides pass `test/gateway/tickets/contract.ts`.
 */
export interface TicketStore {
  put(digest: string, signedIn: SignedIn): Promise<void>
  /** What the ticket stands for, once; undefined when it is unknown, used or too old. */
  take(digest: string): Promise<SignedIn | undefined>
}
