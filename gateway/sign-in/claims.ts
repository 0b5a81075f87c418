import type { JWTPayload } from 'jose'
import type { User } from '../env.ts'
import { refusal } from './refusal.ts'
import { isRole, type Role } from './roles.ts'

const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined

/** Services tell each other of a user in a header and in messages: printable ASCII, and no longer than the contract takes. */
const SUBJECT = /^[ -~]{1,255}$/

/**
 * The user that a verified token speaks of. The organisation is the first of three claims that is not blank (contracts
 * 7.1); roles are those of `roles`, or the default where the token does not have that claim. Throws the refusal of the
 * contract when `sub` is missing or cannot be passed on.
 */
export const userOf = (claims: JWTPayload, defaultRoles: readonly Role[]): User => {
  const { sub, roles } = claims
  if (sub === undefined || sub === null || sub === '') throw refusal('missing_subject')
  if (typeof sub !== 'string' || !SUBJECT.test(sub)) throw refusal('invalid_subject')
  if (claims.exp === undefined) throw refusal('missing_exp')
  return {
    userId: sub,
    orgId: textOf(claims['org_id']) ?? textOf(claims['org']) ?? textOf(claims['organization_id']) ?? null,
    roles: roles === undefined ? defaultRoles : Array.isArray(roles) ? roles.filter(isRole) : [],
    scopes: scopesOf(claims['scope'] ?? claims['scp']),
  }
}

/** A text with spaces (RFC 8693) or a list; null where the token is not limited. */
const scopesOf = (claim: unknown): readonly string[] | null => {
  if (claim === undefined) return null
  if (typeof claim === 'string') return claim.split(' ').filter((scope) => scope !== '')
  return Array.isArray(claim) ? claim.filter((scope) => typeof scope === 'string') : []
}
