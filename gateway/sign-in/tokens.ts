import { decodeProtectedHeader, importSPKI, jwtVerify, SignJWT } from 'jose'
import type { User } from '../env.ts'
import { userOf } from './claims.ts'
import { refusal, refusalOf } from './refusal.ts'

export interface TokenOptions {
  readonly issuer: string
  readonly audience: string
  /** One of the two: a shared secret (HS256), or a PEM public key (RS256, ES256 and their kin). */
  readonly key: { readonly secret: string } | { readonly publicKey: string }
  /** Milliseconds since 1970. */
  readonly clock: () => number
}

export interface Tokens {
  /** Who the token speaks of. Rejects with the refusal to answer. */
  verify(token: string): Promise<User>
}

const HMAC = ['HS256']
const ASYMMETRIC = ['RS256', 'RS384', 'RS512', 'PS256', 'ES256', 'ES384', 'ES512']
const LEEWAY_SECONDS = 5
/** Verifying takes more than half of a request's time, measured: a verified token is remembered until it expires. */
const MAX_REMEMBERED = 10_000

interface Remembered {
  readonly user: User
  readonly until: number
}

/** Verifies tokens. The algorithms are pinned to the kind of key that is configured, never taken from the token. */
export const createTokens = ({ issuer, audience, key, clock }: TokenOptions): Tokens => {
  const remembered = new Map<string, Remembered>()
  const algorithms = 'secret' in key ? HMAC : ASYMMETRIC

  const verifyFresh = async (token: string): Promise<Remembered> => {
    const options = { issuer, audience, algorithms, clockTolerance: LEEWAY_SECONDS, currentDate: new Date(clock()) }
    const algorithm = algorithmOf(token, algorithms)
    const { payload } =
      'secret' in key
        ? await jwtVerify(token, new TextEncoder().encode(key.secret), options)
        : await jwtVerify(token, await importSPKI(key.publicKey, algorithm), options)
    return { user: userOf(payload), until: (payload.exp ?? 0) * 1_000 }
  }

  return {
    async verify(token) {
      const known = remembered.get(token)
      if (known && clock() < known.until) return known.user
      remembered.delete(token)
      try {
        const fresh = await verifyFresh(token)
        const oldest = remembered.keys().next()
        if (remembered.size >= MAX_REMEMBERED && !oldest.done) remembered.delete(oldest.value)
        remembered.set(token, fresh)
        return fresh.user
      } catch (thrown) {
        throw refusalOf(thrown)
      }
    },
  }
}

/** What the token says it is signed with; the pinned list decides, before any key is touched. */
const algorithmOf = (token: string, allowed: readonly string[]): string => {
  const { alg } = decodeProtectedHeader(token)
  if (alg === undefined || !allowed.includes(alg)) throw refusal('invalid_algorithm')
  return alg
}

export interface DevTokenOptions {
  readonly issuer: string
  readonly audience: string
  readonly secret: string
  readonly clock: () => number
}

/** Signs tokens for development. */
export const createTokenSigner = ({ issuer, audience, secret, clock }: DevTokenOptions) =>
  async function sign(user: User, lifetimeSeconds = 12 * 3_600): Promise<string> {
    const now = Math.floor(clock() / 1_000)
    return new SignJWT({ roles: [...user.roles], ...(user.orgId === null ? {} : { org_id: user.orgId }) })
      .setProtectedHeader({ alg: 'HS256' })
      .setSubject(user.userId)
      .setIssuer(issuer)
      .setAudience(audience)
      .setIssuedAt(now)
      .setExpirationTime(now + lifetimeSeconds)
      .sign(new TextEncoder().encode(secret))
  }
export type SignToken = ReturnType<typeof createTokenSigner>
