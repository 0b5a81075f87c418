import { type SignedIn, TICKET_MS, type TicketStore } from './port.ts'

export interface LocalTicketOptions {
  /** Milliseconds since 1970. */
  readonly clock: () => number
  /** Tickets kept at most; default 10,000. The oldest goes first. */
  readonly maxTickets?: number
}

/** Tickets of one process, for the embedded way. After a restart clients ask for new ones. */
export const createLocalTicketStore = ({ clock, maxTickets = 10_000 }: LocalTicketOptions): TicketStore => {
  const tickets = new Map<string, { readonly signedIn: SignedIn; readonly until: number }>()
  return {
    async put(digest, signedIn) {
      const now = clock()
      for (const [old, { until }] of tickets) {
        if (until > now && tickets.size < maxTickets) break
        tickets.delete(old)
      }
      tickets.set(digest, { signedIn, until: now + TICKET_MS })
    },
    async take(digest) {
      const ticket = tickets.get(digest)
      tickets.delete(digest)
      return ticket && clock() < ticket.until ? ticket.signedIn : undefined
    },
  }
}
