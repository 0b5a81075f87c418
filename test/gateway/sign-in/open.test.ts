import { expect, test } from 'bun:test'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { openTokens } from '../../../gateway/sign-in/open.ts'
import { silent } from '../../support/silent.ts'
import { until } from '../../support/until.ts'

test('with JWKS_URL a token that was verified ends some minutes after its key was withdrawn', async () => {
  const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true })
  const server = { keys: [{ ...(await exportJWK(publicKey)), alg: 'ES256', kid: 'k' }], asked: [] as string[] }
  let now = Date.now()
  const tokens = openTokens({
    config: {
      AUTH_MODE: 'jwt',
      JWT_ISSUER: 'identity',
      JWT_AUDIENCE: 'baton',
      JWT_SECRET: undefined,
      JWT_PUBLIC_KEY: undefined,
      JWKS_URL: 'https://identity.test/jwks',
      JWT_DEFAULT_ROLES: ['teacher'],
    },
    fetch({ url }) {
      server.asked.push(url)
      return Response.json({ keys: server.keys })
    },
    logger: silent,
    clock: () => now,
  })
  const token = await new SignJWT({ sub: 'ada', iss: 'identity', aud: 'baton' })
    .setProtectedHeader({ alg: 'ES256', kid: 'k' })
    .setExpirationTime('2h')
    .sign(privateKey)
  expect((await tokens.verify(token)).userId).toBe('ada')
  server.keys = []
  now += 6 * 60_000
  const isRefused = () => {
    // So that no read waits for the one before.
    now += 2_000
    return tokens.verify(token).then(
      () => false,
      () => true,
    )
  }
  await until(isRefused, { timeoutMs: 2_000, what: 'the token to end' })
  expect(new Set(server.asked)).toEqual(new Set(['https://identity.test/jwks']))
})
