import { expect, test } from 'bun:test'
import { exportSPKI, generateKeyPair, SignJWT } from 'jose'
import { createTokens } from '../../../gateway/sign-in/tokens.ts'
import { createVerify, type Key } from '../../../gateway/sign-in/verify.ts'
import { gateway, SECRET } from '../support.ts'

const NOW = Math.floor(Date.now() / 1_000)
const good = { sub: 'ada', iss: 'huleedu-identity-service', aud: 'huleedu-platform', exp: NOW + 600 }
const signed = (claims: Record<string, unknown>, alg = 'HS256', secret = SECRET) =>
  new SignJWT(claims).setProtectedHeader({ alg }).sign(new TextEncoder().encode(secret))

const tokensOf = (key: Key, clock: () => number = Date.now) =>
  createTokens({
    verify: createVerify({ issuer: good.iss, audience: good.aud, key, clock }),
    defaultRoles: ['teacher'],
    clock,
  })

const refusedWith = async (authorization: string | undefined) => {
  const { app } = gateway()
  const answer = await app.request('/v1/pipelines', { headers: authorization === undefined ? {} : { authorization } })
  expect(answer.status).toBe(401)
  expect(answer.headers.get('www-authenticate')).toContain('Bearer')
  const body: unknown = await answer.json()
  return typeof body === 'object' && body !== null ? Reflect.get(body, 'reason') : undefined
}

test.each([
  ['missing_authorization_header', async () => undefined],
  ['invalid_authorization_format', async () => 'Basic abc'],
  ['invalid_authorization_format', async () => 'Bearer'],
  ['invalid_token', async () => 'Bearer not-a-token'],
  ['token_expired', async () => `Bearer ${await signed({ ...good, exp: NOW - 60 })}`],
  ['missing_exp', async () => `Bearer ${await signed({ ...good, exp: undefined })}`],
  ['missing_subject', async () => `Bearer ${await signed({ ...good, sub: undefined })}`],
  ['invalid_audience', async () => `Bearer ${await signed({ ...good, aud: 'other' })}`],
  ['invalid_issuer', async () => `Bearer ${await signed({ ...good, iss: 'other' })}`],
  ['invalid_signature', async () => `Bearer ${await signed(good, 'HS256', `${SECRET}-other`)}`],
  ['invalid_algorithm', async () => `Bearer ${await signed(good, 'HS512', `${SECRET}${SECRET}`)}`],
  ['invalid_token', async () => `Bearer ${btoa('{"alg":"none"}')}.${btoa(JSON.stringify(good)).replaceAll('=', '')}.`],
])('a sign-in is refused with the reason %s', async (reason, authorization) => {
  expect(await refusedWith(await authorization())).toBe(reason)
})

test.each([
  [{ org_id: ' school ' }, 'school'],
  [{ org_id: ' ', org: 'other' }, 'other'],
  [{ organization_id: 'third' }, 'third'],
  [{ tenant: 'x' }, null],
])('of %p the organisation is %p', async (claims, orgId) => {
  const tokens = tokensOf({ secret: SECRET })
  expect((await tokens.verify(await signed({ ...good, ...claims }))).orgId).toBe(orgId)
})

test('with a public key only its kind of algorithm is taken: the key as a shared secret opens nothing', async () => {
  const pair = await generateKeyPair('ES256', { extractable: true })
  const publicKey = await exportSPKI(pair.publicKey)
  const tokens = tokensOf({ publicKey })
  const token = await new SignJWT(good).setProtectedHeader({ alg: 'ES256' }).sign(pair.privateKey)
  expect((await tokens.verify(token)).userId).toBe('ada')
  await expect(tokens.verify(await signed(good, 'HS256', publicKey))).rejects.toMatchObject({
    problem: { reason: 'invalid_algorithm' },
  })
})

test('a token that was verified is remembered until it expires, and no longer', async () => {
  let now = Date.now()
  const tokens = tokensOf({ secret: SECRET }, () => now)
  const token = await signed(good)
  expect(await tokens.verify(token)).toBe(await tokens.verify(token))
  now = (good.exp + 10) * 1_000
  await expect(tokens.verify(token)).rejects.toMatchObject({ problem: { reason: 'token_expired' } })
})
