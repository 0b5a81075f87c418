import type { Fetch } from '../../shared/http/client.ts'
import { sleep } from '../../shared/retry.ts'
import type { Logger } from '../../shared/telemetry/logger-port.ts'
import type { GatewayConfig } from '../config.ts'
import { createKeySet } from './key-set.ts'
import { createTokenSigner, type SignToken } from './sign.ts'
import { createTokens, type Tokens } from './tokens.ts'
import { createVerify, type Key } from './verify.ts'

type SignInConfig = Pick<
  GatewayConfig,
  'AUTH_MODE' | 'JWT_ISSUER' | 'JWT_AUDIENCE' | 'JWT_SECRET' | 'JWT_PUBLIC_KEY' | 'JWKS_URL' | 'JWT_DEFAULT_ROLES'
>

export interface OpenTokensDeps {
  readonly config: SignInConfig
  /** Reaches the server of `JWKS_URL`. */
  readonly fetch: Fetch
  readonly logger: Logger
  /** Milliseconds since 1970. */
  readonly clock: () => number
}

/** Verifies tokens with the one kind of key that is configured. */
export const openTokens = ({ config, fetch, logger, clock }: OpenTokensDeps): Tokens => {
  const { JWT_ISSUER: issuer, JWT_AUDIENCE: audience, JWT_SECRET: secret, JWT_PUBLIC_KEY: publicKey } = config
  const keyOf = (onRemoved: () => void): Key => {
    if (secret !== undefined) return { secret }
    if (publicKey !== undefined) return { publicKey }
    return { keySet: createKeySet({ url: config.JWKS_URL ?? '', fetch, logger, clock, sleep, onRemoved }) }
  }
  const key = keyOf(() => tokens.forget())
  const tokens: Tokens = createTokens({
    verify: createVerify({ issuer, audience, key, clock }),
    ...('keySet' in key ? { refreshKeys: key.keySet.refresh } : {}),
    defaultRoles: config.JWT_DEFAULT_ROLES,
    clock,
  })
  return tokens
}

/** Signs tokens where development sign-in is on. */
export const tokenSignerOf = (config: SignInConfig, clock: () => number): SignToken | undefined => {
  const { AUTH_MODE, JWT_ISSUER: issuer, JWT_AUDIENCE: audience, JWT_SECRET: secret } = config
  return AUTH_MODE === 'dev' && secret !== undefined
    ? createTokenSigner({ issuer, audience, secret, clock })
    : undefined
}
