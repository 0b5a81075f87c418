import { describe, expect, test } from 'bun:test'
import { exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose'
import { createKeySet } from '../../../gateway/sign-in/key-set.ts'
import { createTokens, type Tokens } from '../../../gateway/sign-in/tokens.ts'
import { createVerify } from '../../../gateway/sign-in/verify.ts'
import { PassingError } from '../../../shared/errors.ts'
import { recordingLogger } from '../../support/silent.ts'
import { until } from '../../support/until.ts'

const good = { sub: 'ada', iss: 'identity', aud: 'baton' }

const signer = async (kid: string | undefined, alg: 'ES256' | 'RS256' = 'ES256') => {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true })
  const jwk: JWK = { ...(await exportJWK(publicKey)), alg, use: 'sig', ...(kid === undefined ? {} : { kid }) }
  const sign = (sub = 'ada') =>
    new SignJWT({ ...good, sub })
      .setProtectedHeader({ alg, ...(kid === undefined ? {} : { kid }) })
      .setExpirationTime('10m')
      .sign(privateKey)
  return { jwk, sign }
}

/** A key server that a test changes, and tokens verified with its keys, on a clock that only sleeping moves. */
const identity = (...keys: readonly JWK[]) => {
  const server = { keys: [...keys], reads: 0, isAway: false, hold: Promise.resolve() }
  const clock = { now: Date.now() }
  const logger = recordingLogger()
  const keySet = createKeySet({
    url: 'https://identity.test/jwks',
    async fetch() {
      server.reads += 1
      const published = { keys: [...server.keys] }
      await server.hold
      return server.isAway ? new Response('down', { status: 503 }) : Response.json(published)
    },
    logger,
    clock: () => clock.now,
    async sleep(ms) {
      clock.now += ms
    },
    onRemoved: () => tokens.forget(),
  })
  const verify = createVerify({ issuer: 'identity', audience: 'baton', key: { keySet }, clock: () => clock.now })
  const tokens: Tokens = createTokens({
    verify,
    refreshKeys: keySet.refresh,
    defaultRoles: ['teacher'],
    clock: () => clock.now,
  })
  return { server, clock, tokens, logger }
}
const reasonOf = (tokens: Tokens, token: string) =>
  tokens.verify(token).then(
    () => 'verified',
    (thrown: unknown) =>
      thrown instanceof PassingError
        ? thrown.source
        : Reflect.get(Object(Reflect.get(Object(thrown), 'problem')), 'reason'),
  )

test('keys are read once for many tokens at once, of both families', async () => {
  const [ec, rsa] = [await signer('ec'), await signer('rsa', 'RS256')]
  const { server, tokens } = identity(ec.jwk, rsa.jwk)
  const all = await Promise.all([ec.sign('a'), rsa.sign('b'), ec.sign('c'), rsa.sign('d')])
  const users = await Promise.all(all.map((token) => tokens.verify(token)))
  expect(users.map(({ userId }) => userId)).toEqual(['a', 'b', 'c', 'd'])
  expect(server.reads).toBeLessThanOrEqual(2)
  const before = server.reads
  await Promise.all([await ec.sign('e'), await rsa.sign('f')].map((token) => tokens.verify(token)))
  expect(server.reads).toBe(before)
})

describe('a rotation', () => {
  test('refuses nobody: a token of a new key is judged after the keys were read anew', async () => {
    const [old, fresh] = [await signer('old'), await signer('new')]
    const { server, tokens } = identity(old.jwk)
    await tokens.verify(await old.sign())
    server.keys.push(fresh.jwk)
    expect(await reasonOf(tokens, await fresh.sign())).toBe('verified')
    expect(await reasonOf(tokens, await old.sign('still'))).toBe('verified')
    expect(server.reads).toBe(2)
  })

  test('refuses nobody also when the keys are just being read, by an answer from before it', async () => {
    const [old, fresh] = [await signer('old'), await signer('new')]
    const { server, tokens } = identity(old.jwk)
    const gate = Promise.withResolvers<void>()
    server.hold = gate.promise
    const first = tokens.verify(await old.sign())
    await until(() => server.reads === 1, { timeoutMs: 1_000, what: 'the first read' })
    server.keys.push(fresh.jwk)
    const second = tokens.verify(await fresh.sign('bo'))
    gate.resolve()
    expect([(await first).userId, (await second).userId]).toEqual(['ada', 'bo'])
  })

  test('a key that is gone opens nothing any more, also for tokens that were verified', async () => {
    const [old, fresh] = [await signer('old'), await signer('new')]
    const { server, tokens, clock } = identity(old.jwk, fresh.jwk)
    const token = await old.sign()
    await tokens.verify(token)
    server.keys = [fresh.jwk]
    clock.now += 6 * 60_000
    await tokens.verify(await fresh.sign())
    await until(() => server.reads === 2, { timeoutMs: 1_000, what: 'the keys to be read anew' })
    await until(async () => (await reasonOf(tokens, token)) === 'invalid_signature', {
      timeoutMs: 1_000,
      what: 'the old key to be gone',
    })
  })
})

test('a key that was withdrawn ends remembered tokens too, though nobody comes with another', async () => {
  const [old, fresh] = [await signer('old'), await signer('new')]
  const { server, tokens, clock } = identity(old.jwk, fresh.jwk)
  const token = await old.sign()
  await tokens.verify(token)
  server.keys = [fresh.jwk]
  clock.now += 4 * 60_000
  expect(await reasonOf(tokens, token)).toBe('verified')
  expect(server.reads).toBe(1)
  clock.now += 2 * 60_000
  const gate = Promise.withResolvers<void>()
  server.hold = gate.promise
  // Whoever notices that it is time waits for nothing.
  expect(await reasonOf(tokens, token)).toBe('verified')
  await until(() => server.reads === 2, { timeoutMs: 1_000, what: 'the keys to be read anew' })
  expect(await reasonOf(tokens, token)).toBe('verified')
  gate.resolve()
  await until(async () => (await reasonOf(tokens, token)) === 'invalid_signature', {
    timeoutMs: 1_000,
    what: 'the old key to be gone',
  })
})

describe('an outage of the key server', () => {
  test('changes nothing for remembered tokens, however long it lasts', async () => {
    const key = await signer('k')
    const { server, tokens, clock, logger } = identity(key.jwk)
    const token = await key.sign()
    await tokens.verify(token)
    server.isAway = true
    clock.now += 6 * 60_000
    for (let tries = 1; tries <= 3; tries++) {
      expect(await reasonOf(tokens, token)).toBe('verified')
      await until(() => logger.lines.filter(({ message }) => message.includes('known keys')).length === tries, {
        timeoutMs: 1_000,
        what: 'a read that failed',
      })
    }
    server.isAway = false
    expect(await reasonOf(tokens, token)).toBe('verified')
    await until(() => server.reads === 5, { timeoutMs: 1_000, what: 'the keys to be read anew' })
    expect(await reasonOf(tokens, token)).toBe('verified')
  })

  test('changes nothing for known keys, and is told', async () => {
    const key = await signer('k')
    const { server, tokens, clock, logger } = identity(key.jwk)
    await tokens.verify(await key.sign())
    server.isAway = true
    clock.now += 6 * 60_000
    expect((await tokens.verify(await key.sign('later'))).userId).toBe('later')
    await until(() => logger.lines.some(({ message }) => message.includes('known keys')), {
      timeoutMs: 1_000,
      what: 'the warning',
    })
  })

  test('is no fault of a token whose key is not known: that is a 503, not a 401, and passes', async () => {
    const key = await signer('k')
    const { server, tokens } = identity(key.jwk)
    server.isAway = true
    expect(await reasonOf(tokens, await key.sign())).toBe('key_server')
    server.isAway = false
    expect(await reasonOf(tokens, await key.sign())).toBe('verified')
  })
})

test('made-up key ids cause at most one read a second, however many there are', async () => {
  const [key, stranger] = [await signer('k'), await signer('made-up')]
  const { server, tokens, clock } = identity(key.jwk)
  await tokens.verify(await key.sign())
  const started = clock.now
  const forged = await Promise.all(Array.from({ length: 50 }, (_, n) => stranger.sign(`${n}`)))
  const reasons = await Promise.all(forged.map((token) => reasonOf(tokens, token)))
  expect(new Set(reasons)).toEqual(new Set(['invalid_signature']))
  expect(server.reads - 1).toBeLessThanOrEqual((clock.now - started) / 1_000 + 1)
  expect(server.reads).toBeLessThanOrEqual(4)
})

test('a token that does not name its key is tried with every key that fits', async () => {
  const [one, two] = [await signer(undefined), await signer(undefined)]
  const { tokens } = identity(one.jwk, two.jwk)
  expect(await reasonOf(tokens, await two.sign())).toBe('verified')
  expect(await reasonOf(tokens, await (await signer(undefined)).sign())).toBe('invalid_signature')
})

test('a shared secret opens nothing where keys are asymmetric', async () => {
  const { tokens } = identity((await signer('k')).jwk)
  const token = await new SignJWT(good)
    .setProtectedHeader({ alg: 'HS256', kid: 'k' })
    .setExpirationTime('10m')
    .sign(new TextEncoder().encode('a-secret-of-more-than-32-characters-in-all'))
  expect(await reasonOf(tokens, token)).toBe('invalid_algorithm')
})
