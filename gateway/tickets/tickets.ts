import { digestOf } from '../idempotency/digest.ts'
import { type SignedIn, TICKET_MS, type TicketStore } from './port.ts'

export interface Tickets {
  issue(signedIn: SignedIn): Promise<{ readonly ticket: string; readonly expiresInMs: number }>
  /** Undefined when the ticket is unknown, used or too old. */
  redeem(ticket: string): Promise<SignedIn | undefined>
}

const TICKET_BYTES = 32

/**
 * One-time tickets for what cannot send a header: the EventSource and the WebSocket of a browser. A token in a URL would
 * stand in histories and logs for as long as it is valid; a ticket is worth nothing once it was used.
 */
export const createTickets = ({ store }: { readonly store: TicketStore }): Tickets => ({
  async issue(signedIn) {
    const ticket = crypto
      .getRandomValues(new Uint8Array(TICKET_BYTES))
      .toBase64({ alphabet: 'base64url', omitPadding: true })
    await store.put(await digestOf([ticket]), signedIn)
    return { ticket, expiresInMs: TICKET_MS }
  },
  redeem: async (ticket) => store.take(await digestOf([ticket])),
})
