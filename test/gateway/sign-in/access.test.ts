import { expect, test } from 'bun:test'
import { SignJWT } from 'jose'
import { z } from 'zod'
import { gateway, SECRET } from '../support.ts'

const signed = (claims: object) =>
  new SignJWT({ sub: 'ada', iss: 'huleedu-identity-service', aud: 'huleedu-platform', ...claims })
    .setProtectedHeader({ alg: 'HS256' })
    .setExpirationTime('10m')
    .sign(new TextEncoder().encode(SECRET))

const Problem = z.object({ code: z.string(), reason: z.string().optional() })
const ask = async (claims: object, method = 'GET', path = '/v1/batches/b-1/status') => {
  const { app } = gateway()
  const headers = { authorization: `Bearer ${await signed(claims)}`, 'content-type': 'application/json' }
  const body = method === 'POST' ? JSON.stringify({ requested_pipeline: 'nlp' }) : null
  const answer = await app.request(path, { method, headers, body })
  const { reason } = answer.ok ? { reason: undefined } : Problem.parse(await answer.json())
  return [answer.status, reason, answer.headers.get('www-authenticate')] as const
}
const write = (claims: object) => ask(claims, 'POST', '/v1/batches/b-1/pipelines')

test('a token that says nothing of roles is a teacher, one with none of ours may nothing', async () => {
  expect((await ask({}))[0]).toBe(200)
  expect((await ask({ roles: ['teacher'] }))[0]).toBe(200)
  for (const roles of [[], ['student'], 'teacher', [7]])
    expect((await ask({ roles })).slice(0, 2)).toEqual([403, 'role_required'])
})

test('a token that is limited to scopes may only what they say', async () => {
  expect((await ask({ scope: 'batches:read other' }))[0]).toBe(200)
  expect((await ask({ scp: ['batches:read'] }))[0]).toBe(200)
  expect((await write({ scope: 'batches:write' }))[0]).toBe(202)
  expect(await write({ scope: 'batches:read' })).toEqual([
    403,
    'insufficient_scope',
    'Bearer realm="baton", error="insufficient_scope", scope="batches:write"',
  ])
  expect((await ask({ scope: '' }))[1]).toBe('insufficient_scope')
  expect((await ask({ scp: 7 }))[1]).toBe('insufficient_scope')
})

test('what a key was answered belongs to who may call the route, and a refusal by role or scope to one token', async () => {
  const { app, published } = gateway()
  const request = async (claims: object, key: string) => {
    const headers = { authorization: `Bearer ${await signed(claims)}`, 'content-type': 'application/json' }
    const body = JSON.stringify({ requested_pipeline: 'nlp' })
    const sent = { method: 'POST', headers: { ...headers, 'idempotency-key': key }, body }
    const answer = await app.request('/v1/batches/b-1/pipelines', sent)
    return [answer.status, answer.headers.get('idempotency-replayed')] as const
  }
  expect(await request({ scope: 'batches:read' }, 'first')).toEqual([403, null])
  expect(await request({ scope: 'batches:write' }, 'first')).toEqual([202, null])
  expect(await request({ scope: 'batches:read' }, 'first')).toEqual([403, null])
  expect(await request({ roles: [] }, 'first')).toEqual([403, null])
  expect(await request({}, 'first')).toEqual([202, 'true'])
  expect(published.length).toBe(1)
})

test('every route under /v1 says in the document which scope and roles it needs, and answers 401 and 403', async () => {
  const Operation = z.object({
    security: z.tuple([z.object({ bearer: z.array(z.string()).min(2) })]),
    responses: z.looseObject({ 401: z.unknown(), 403: z.unknown() }),
  })
  const Document = z.object({ paths: z.record(z.string(), z.record(z.string(), z.unknown())) })
  const { paths } = Document.parse(await (await gateway().app.request('/openapi.json')).json())
  for (const [path, operations] of Object.entries(paths))
    if (path.startsWith('/v1/')) for (const operation of Object.values(operations)) Operation.parse(operation)
})
