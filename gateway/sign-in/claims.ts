import type { JWTPayload } from 'jose'
import type { User } from '../env.ts'
import { refusal } from './refusal.ts'

const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined

/**
 * The user that a verified token speaks of. The organisation is the first of three claims that is not blank
 * (contracts 7.1). Throws the refusal of the contract when `sub` is missing or no text.
 */
export const userOf = (claims: JWTPayload): User => {
  const { sub } = claims
  if (sub === undefined || sub === null || sub === '') throw refusal('missing_subject')
  if (typeof sub !== 'string') throw refusal('invalid_subject')
  if (claims.exp === undefined) throw refusal('missing_exp')
  const roles = claims['roles']
  return {
    userId: sub,
    orgId: textOf(claims['org_id']) ?? textOf(claims['org']) ?? textOf(claims['organization_id']) ?? null,
    roles: Array.isArray(roles) ? roles.filter((role) => typeof role === 'string') : [],
  }
}
