import type { MiddlewareHandler } from 'hono'
import type { GatewayEnv } from '../env.ts'
import { refusal } from './refusal.ts'
import type { Tokens } from './tokens.ts'

/** Lets only signed-in users on, and puts on the context who it is. */
export const signIn = (tokens: Tokens): MiddlewareHandler<GatewayEnv> =>
  async function checkToken(c, next) {
    const header = c.req.header('authorization')
    if (!header) throw refusal('missing_authorization_header')
    const [, token] = /^bearer +([\w-]+\.[\w-]+\.[\w-]*)$/i.exec(header.trim()) ?? []
    if (token === undefined)
      throw refusal(/^bearer +\S/i.test(header) ? 'invalid_token' : 'invalid_authorization_format')
    const user = await tokens.verify(token)
    c.set('user', user)
    c.set('actor', user.userId)
    await next()
  }
