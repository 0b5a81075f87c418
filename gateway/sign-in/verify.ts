import { type CryptoKey, decodeProtectedHeader, errors, importSPKI, type JWTPayload, jwtVerify } from 'jose'
import type { KeySet } from './key-set.ts'
import { refusal } from './refusal.ts'

/** One of three: a shared secret (HS256), a PEM public key, or the key set of an identity server (RS256, ES256 and kin). */
export type Key = { readonly secret: string } | { readonly publicKey: string } | { readonly keySet: KeySet }

export interface VerifyOptions {
  readonly issuer: string
  readonly audience: string
  readonly key: Key
  /** Milliseconds since 1970. */
  readonly clock: () => number
}

const HMAC = ['HS256']
const ASYMMETRIC = ['RS256', 'RS384', 'RS512', 'PS256', 'ES256', 'ES384', 'ES512']
const LEEWAY_SECONDS = 5

/** Verifies a token's signature and claims. Algorithms are pinned to the kind of key, never taken from the token. */
export const createVerify = ({ issuer, audience, key, clock }: VerifyOptions) => {
  const algorithms = 'secret' in key ? HMAC : ASYMMETRIC
  const keysOf = keysBy(key)

  return async function verify(token: string): Promise<JWTPayload> {
    const header = decodeProtectedHeader(token)
    const { alg } = header
    // Before any key is touched.
    if (alg === undefined || !algorithms.includes(alg)) throw refusal('invalid_algorithm')
    const options = { issuer, audience, algorithms, clockTolerance: LEEWAY_SECONDS, currentDate: new Date(clock()) }
    const keys = await keysOf({ ...header, alg })
    for (const candidate of keys) {
      try {
        return (await jwtVerify(token, candidate, options)).payload
      } catch (thrown) {
        if (!(thrown instanceof errors.JWSSignatureVerificationFailed)) throw thrown
      }
    }
    throw refusal('invalid_signature')
  }
}

type KeysOf = (header: Parameters<KeySet['find']>[0]) => Promise<readonly (CryptoKey | Uint8Array)[]>

const keysBy = (key: Key): KeysOf => {
  if ('secret' in key) {
    const secret = new TextEncoder().encode(key.secret)
    return async () => [secret]
  }
  if ('keySet' in key) return (header) => key.keySet.find(header)
  const imported = new Map<string, Promise<CryptoKey>>()
  return async ({ alg }) => {
    const known = imported.get(alg) ?? importSPKI(key.publicKey, alg)
    imported.set(alg, known)
    return [await known]
  }
}
