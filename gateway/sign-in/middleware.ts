import type { Context, MiddlewareHandler } from 'hono'
import { ProblemError } from '../../shared/http/problem.ts'
import { timed } from '../../shared/http/timing.ts'
import type { GatewayEnv, User } from '../env.ts'
import { refusal } from './refusal.ts'
import type { Tokens } from './tokens.ts'

/** Lets only signed-in users on, and puts on the context who it is. `refused` is told of everybody else. */
export const signIn = (
  tokens: Pick<Tokens, 'verify'>,
  clock: () => number,
  refused: (c: Context<GatewayEnv>) => Promise<void>,
): MiddlewareHandler<GatewayEnv> => {
  const userOf = async (header: string | undefined): Promise<User> => {
    if (!header) throw refusal('missing_authorization_header')
    const [, token] = /^bearer +([\w-]+\.[\w-]+\.[\w-]*)$/i.exec(header.trim()) ?? []
    if (token === undefined)
      throw refusal(/^bearer +\S/i.test(header) ? 'invalid_token' : 'invalid_authorization_format')
    return tokens.verify(token)
  }

  return async function checkToken(c, next) {
    // A stream may have been signed in for by a ticket.
    if (c.get('user') !== undefined) return next()
    try {
      const user = await timed(c.get('timings'), 'sign_in', clock, () => userOf(c.req.header('authorization')))
      c.set('user', user)
      c.set('actor', user.userId)
    } catch (thrown) {
      if (thrown instanceof ProblemError) await refused(c)
      throw thrown
    }
    await next()
  }
}
