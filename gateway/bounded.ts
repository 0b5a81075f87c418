import { PassingError } from '../shared/errors.ts'
import { within } from '../shared/within.ts'
import type { IdempotencyStore } from './idempotency/port.ts'
import type { TicketStore } from './tickets/port.ts'

/** Milliseconds that one call to a store may take. */
export interface Bound {
  readonly timeoutMs: number
}

const bounded = ({ timeoutMs }: Bound) => {
  const late = () => new PassingError('redis', `the store did not answer within ${timeoutMs} ms`)
  return <Result>(call: () => Promise<Result>): Promise<Result> => within(timeoutMs, call, late)
}

/**
 * Keys that no request waits long for: a call rejects with a PassingError when the time is over. A reservation that comes
 * after that is given back, since nobody would do its work and a repeat would wait for its lease.
 */
export const boundedKeys = (store: IdempotencyStore, bound: Bound): IdempotencyStore => {
  const soon = bounded(bound)
  return {
    async reserve(digest, claim) {
      const reserving = store.reserve(digest, claim)
      try {
        return await soon(() => reserving)
      } catch (thrown) {
        // What is still on its way may come to nothing as well: nobody is left to be told.
        const giveBack = reserving.then((late) =>
          late.state === 'reserved' ? store.release(digest, claim.owner) : undefined,
        )
        giveBack.catch(() => undefined)
        throw thrown
      }
    },
    complete: (digest, owner, answer) => soon(() => store.complete(digest, owner, answer)),
    release: (digest, owner) => soon(() => store.release(digest, owner)),
  }
}

/** Tickets that no request waits long for. One that is kept or taken too late goes by its age. */
export const boundedTickets = (store: TicketStore, bound: Bound): TicketStore => {
  const soon = bounded(bound)
  return {
    put: (digest, signedIn) => soon(() => store.put(digest, signedIn)),
    take: (digest) => soon(() => store.take(digest)),
  }
}
