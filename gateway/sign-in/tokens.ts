import type { JWTPayload } from 'jose'
import type { User } from '../env.ts'
import { userOf } from './claims.ts'
import { refusalOf } from './refusal.ts'
import type { Role } from './roles.ts'

export interface TokenOptions {
  readonly verify: (token: string) => Promise<JWTPayload>
  /** Begins to read keys again where that is due, since a remembered token asks for none; default: keys never change. */
  readonly refreshKeys?: () => void
  /** What somebody is whose token says nothing of roles. */
  readonly defaultRoles: readonly Role[]
  /** Milliseconds since 1970. */
  readonly clock: () => number
}

export interface Tokens {
  /** Who the token speaks of. Rejects with the refusal to answer, or with a PassingError while keys cannot be read. */
  verify(token: string): Promise<User>
  /** Forgets what was verified: keys are gone. */
  forget(): void
}

/**
 * Verifying takes more than half of a request's time, measured: a verified token is remembered until it expires, or a key is
 * gone.
 */
const MAX_REMEMBERED = 10_000

interface Remembered {
  readonly user: User
  /** Milliseconds since 1970. */
  readonly until: number
}

/** Who tokens speak of, verified once each. */
export const createTokens = ({ verify, refreshKeys = () => {}, defaultRoles, clock }: TokenOptions): Tokens => {
  let remembered = new Map<string, Remembered>()
  return {
    async verify(token) {
      // What is verified while keys go away is not remembered beyond that.
      const current = remembered
      const known = remembered.get(token)
      if (known && clock() < known.until) {
        refreshKeys()
        return known.user
      }
      remembered.delete(token)
      try {
        const payload = await verify(token)
        const fresh = { user: userOf(payload, defaultRoles), until: (payload.exp ?? 0) * 1_000 }
        const oldest = current.keys().next()
        if (current.size >= MAX_REMEMBERED && !oldest.done) current.delete(oldest.value)
        current.set(token, fresh)
        return fresh.user
      } catch (thrown) {
        throw refusalOf(thrown)
      }
    },
    forget() {
      remembered = new Map()
    },
  }
}
