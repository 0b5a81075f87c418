import { errors } from 'jose'
import { PassingError } from '../../shared/errors.ts'
import { ProblemError } from '../../shared/http/problem.ts'

/** Why a sign-in was refused: the original's words, as `reason` (contracts 7.1). */
const REASONS = {
  missing_authorization_header: 'Not authenticated',
  invalid_authorization_format: 'Invalid authentication format',
  token_expired: 'Token has expired',
  missing_exp: 'Token missing expiration claim',
  missing_subject: 'Invalid token payload: missing subject',
  invalid_subject: 'Subject must be a string',
  invalid_audience: 'The token is for another audience',
  invalid_issuer: 'The token is from another issuer',
  invalid_signature: 'The signature does not match',
  invalid_algorithm: 'Algorithm not allowed',
  invalid_token: 'Invalid token',
  invalid_ticket: 'The ticket is unknown, used or too old',
} as const

export type RefusalReason = keyof typeof REASONS

export const refusal = (reason: RefusalReason): ProblemError => {
  const error = reason === 'missing_authorization_header' ? '' : ', error="invalid_token"'
  return new ProblemError({
    code: 'AUTHENTICATION_ERROR',
    detail: REASONS[reason],
    reason,
    headers: { 'www-authenticate': `Bearer realm="baton"${error}` },
  })
}

/** The refusal for what jose found wrong with a token; keys that cannot be read now are no fault of the token. */
export const refusalOf = (thrown: unknown): ProblemError | PassingError => {
  if (thrown instanceof ProblemError || thrown instanceof PassingError) return thrown
  if (thrown instanceof errors.JWTExpired) return refusal('token_expired')
  if (thrown instanceof errors.JWSSignatureVerificationFailed) return refusal('invalid_signature')
  if (thrown instanceof errors.JOSEAlgNotAllowed) return refusal('invalid_algorithm')
  if (thrown instanceof errors.JWTClaimValidationFailed && thrown.reason === 'check_failed') {
    if (thrown.claim === 'aud') return refusal('invalid_audience')
    if (thrown.claim === 'iss') return refusal('invalid_issuer')
  }
  return refusal('invalid_token')
}
