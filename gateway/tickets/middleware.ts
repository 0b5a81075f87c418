import type { Context, MiddlewareHandler } from 'hono'
import type { GatewayEnv } from '../env.ts'
import { refusal } from '../sign-in/refusal.ts'
import type { Tickets } from './tickets.ts'

/** Signs in by `?ticket=` where there is no `Authorization`; for streams only. `refused` is told of what opens nothing. */
export const signInByTicket = (
  tickets: Pick<Tickets, 'redeem'>,
  refused: (c: Context<GatewayEnv>) => Promise<void>,
): MiddlewareHandler<GatewayEnv> =>
  async function checkTicket(c, next) {
    const ticket = c.req.query('ticket')
    if (ticket === undefined || c.req.header('authorization')) return next()
    const signedIn = await tickets.redeem(ticket)
    if (!signedIn) {
      await refused(c)
      throw refusal('invalid_ticket')
    }
    c.set('user', signedIn.user)
    c.set('actor', signedIn.user.userId)
    c.set('signedInUntil', signedIn.until)
    await next()
  }
