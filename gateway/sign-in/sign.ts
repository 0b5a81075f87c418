import { SignJWT } from 'jose'

export interface SignOptions {
  readonly issuer: string
  readonly audience: string
  readonly secret: string
  /** Milliseconds since 1970. */
  readonly clock: () => number
}

export interface Subject {
  readonly userId: string
  readonly orgId: string | null
  /** None: the token says nothing of roles. */
  readonly roles?: readonly string[] | undefined
}

/** Signs tokens for development. */
export const createTokenSigner = ({ issuer, audience, secret, clock }: SignOptions) =>
  async function sign({ userId, orgId, roles = [] }: Subject, lifetimeSeconds = 12 * 3_600): Promise<string> {
    const now = Math.floor(clock() / 1_000)
    return new SignJWT({
      ...(roles.length > 0 ? { roles: [...roles] } : {}),
      ...(orgId === null ? {} : { org_id: orgId }),
    })
      .setProtectedHeader({ alg: 'HS256' })
      .setSubject(userId)
      .setIssuer(issuer)
      .setAudience(audience)
      .setIssuedAt(now)
      .setExpirationTime(now + lifetimeSeconds)
      .sign(new TextEncoder().encode(secret))
  }
export type SignToken = ReturnType<typeof createTokenSigner>
