import type { Context } from 'hono'
import { decodeJwt } from 'jose'
import type { GatewayEnv } from '../env.ts'

/** When the sign-in of a request ends, milliseconds since 1970: its ticket says so, or else its token, verified before. */
export const signedInUntil = (c: Context<GatewayEnv>): number => {
  const byTicket = c.get('signedInUntil')
  if (byTicket !== undefined) return byTicket
  const token =
    c.req
      .header('authorization')
      ?.trim()
      .replace(/^bearer +/i, '') ?? ''
  return (decodeJwt(token).exp ?? 0) * 1_000
}
