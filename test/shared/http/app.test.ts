import { describe, expect, test } from 'bun:test'
import { createRoute, z } from '@hono/zod-openapi'
import { PassingError, PublishError } from '../../../shared/errors.ts'
import { createApp } from '../../../shared/http/app.ts'
import { ProblemError } from '../../../shared/http/problem.ts'
import { UpstreamError } from '../../../shared/http/upstream.ts'
import { appDeps } from '../../support/app.ts'

const route = createRoute({
  method: 'post',
  path: '/things/{id}',
  request: {
    params: z.object({ id: z.string().max(5) }),
    body: {
      required: true,
      content: { 'application/json': { schema: z.strictObject({ a: z.string(), b: z.int() }) } },
    },
  },
  responses: { 200: { description: 'done' } },
})

const build = (overrides = {}) => {
  const deps = appDeps(overrides)
  const app = createApp(deps)
  app.openapi(route, (c) => c.json({ id: c.req.valid('param').id }, 200))
  app.get('/throws', () => {
    throw new Error('secret table name')
  })
  app.get('/slow', (c) => {
    deps.advance(1_500)
    return c.json({})
  })
  app.get('/passing', () => {
    throw new PassingError('redis', 'LOADING secret')
  })
  app.get('/unknown-outcome', () => {
    throw new PublishError('unknown', 'broker 3')
  })
  app.get('/upstream', () => {
    throw new UpstreamError('conductor', 400, { detail: 'secret of the conductor' })
  })
  app.get('/catching-up', () => {
    throw new PassingError('catching_up', 'bucket 12 secret')
  })
  app.get('/refused', () => {
    throw new ProblemError({ code: 'CONFLICT', detail: 'Plan again.', reason: 'moved' })
  })
  return { app, deps }
}

const json = (body: unknown, type = 'application/json') => ({
  method: 'POST',
  headers: { 'content-type': type },
  body: typeof body === 'string' ? body : JSON.stringify(body),
})

const Problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.number(),
  detail: z.string(),
  code: z.string(),
  correlation_id: z.uuid(),
  reason: z.string().optional(),
  outcome: z.string().optional(),
  errors: z.array(z.object({ pointer: z.string(), detail: z.string() })).optional(),
})

const problem = async (answer: Response) => {
  expect(answer.headers.get('content-type')).toBe('application/problem+json')
  const body = Problem.parse(await answer.json())
  expect(body.status).toBe(answer.status)
  expect(answer.headers.get('x-correlation-id')).toBe(body.correlation_id)
  expect(answer.headers.get('x-content-type-options')).toBe('nosniff')
  return body
}

describe('every failure has the one shape', () => {
  const { app } = build()
  test.each([
    ['a body that breaks the schema', '/things/1', json({ a: 1 }), 422, 'VALIDATION_ERROR'],
    ['a body that is no JSON', '/things/1', json('{"a":'), 400, 'INVALID_REQUEST'],
    [
      'no body at all',
      '/things/1',
      { method: 'POST', headers: { 'content-type': 'application/json' } },
      400,
      'INVALID_REQUEST',
    ],
    ['another content type', '/things/1', json('a', 'text/plain'), 415, 'UNSUPPORTED_MEDIA_TYPE'],
    ['a wrong method', '/things/1', { method: 'DELETE' }, 405, 'METHOD_NOT_ALLOWED'],
    ['no such route', '/nothing', {}, 404, 'RESOURCE_NOT_FOUND'],
    ['a body that is too large', '/things/1', json({ a: 'x'.repeat(2_000), b: 1 }), 413, 'PAYLOAD_TOO_LARGE'],
    ['a throw in a handler', '/throws', {}, 500, 'UNKNOWN_ERROR'],
    ['a passing failure', '/passing', {}, 503, 'SERVICE_UNAVAILABLE'],
    ['a state that catches up', '/catching-up', {}, 503, 'CATCHING_UP'],
    ['a wrong answer of another service', '/upstream', {}, 502, 'EXTERNAL_SERVICE_ERROR'],
    ['a refusal of ours', '/refused', {}, 409, 'CONFLICT'],
  ] as const)('%s', async (_, path, init, status, code) => {
    const answer = await app.request(path, init)
    expect(answer.status).toBe(status)
    const body = await problem(answer)
    expect(body.code).toBe(code)
    expect(JSON.stringify(body)).not.toContain('secret')
  })

  test('a throw in the first middleware', async () => {
    const deps = appDeps()
    const broken = createApp({
      ...deps,
      clock: () => {
        throw new Error('no clock')
      },
    })
    const body = await problem(await broken.request('/things/1'))
    expect(body.code).toBe('UNKNOWN_ERROR')
  })
})

test('all that is wrong with a request is named at once, each with its pointer', async () => {
  const { app } = build()
  const body = await problem(await app.request('/things/1', json({ a: 1, b: 1.5, 'c/d': true })))
  expect(body.errors?.map(({ pointer }) => pointer).sort()).toEqual(['/a', '/b', '/c~1d'])
  const params = await problem(await app.request('/things/toolong', json({ a: 'x', b: 1 })))
  expect(params.errors?.map(({ pointer }) => pointer)).toEqual(['#path/id'])
})

test('a wrong method names the right ones', async () => {
  const { app } = build()
  expect((await app.request('/things/1', { method: 'PUT' })).headers.get('allow')).toBe('POST')
})

test('a publish whose outcome is unknown says so, and when to ask again', async () => {
  const { app } = build()
  const answer = await app.request('/unknown-outcome')
  expect(answer.headers.get('retry-after')).toBe('2')
  expect(await problem(answer)).toMatchObject({ status: 503, code: 'KAFKA_PUBLISH_ERROR', outcome: 'unknown' })
})

test('a correlation id that is a UUID is taken over in its normal form, anything else is replaced', async () => {
  const { app } = build()
  const ask = async (id: string) =>
    (await app.request('/refused', { headers: { 'x-correlation-id': id } })).headers.get('x-correlation-id')
  expect(await ask('F60B9296213D4FBFAAD65C8A4FAD06A1')).toBe('f60b9296-213d-4fbf-aad6-5c8a4fad06a1')
  expect(await ask('abc')).toMatch(/^[0-9a-f-]{36}$/)
})

test('each request is one line and one count, by pattern; a slow one is a warning', async () => {
  const { app, deps } = build()
  await app.request('/things/1', json({ a: 'x', b: 1 }))
  await app.request('/slow')
  await app.request('/nothing/at/all')
  expect(deps.requests).toEqual([
    { method: 'POST', route: '/things/:id', status: 200 },
    { method: 'GET', route: '/slow', status: 200 },
    { method: 'GET', route: 'none', status: 404 },
  ])
  const lines = deps.logger.lines.filter(({ message }) => /request$/.test(message))
  expect(lines.map(({ level, message }) => `${level} ${message}`)).toEqual([
    'info request',
    'warn slow request',
    'info request',
  ])
  expect(deps.problems).toEqual([{ route: 'none', code: 'RESOURCE_NOT_FOUND' }])
})

test('what went wrong inside is logged, and only there', async () => {
  const { app, deps } = build()
  await app.request('/throws')
  expect(deps.logger.lines.find(({ level }) => level === 'error')?.fields['err']).toBe('secret table name')
})

test('a client that hangs up in the middle of its body is no failure of ours', async () => {
  const { app, deps } = build()
  app.post('/hung-up', async (c) => c.text(await c.req.text()))
  const controller = new AbortController()
  const body = new ReadableStream({
    pull(stream) {
      controller.abort()
      stream.error(new DOMException('The connection was closed.', 'AbortError'))
    },
  })
  const answer = await app.request(new Request('http://a/hung-up', { method: 'POST', body, signal: controller.signal }))
  expect(await problem(answer)).toMatchObject({ status: 400, code: 'INVALID_REQUEST' })
  expect(deps.logger.lines.filter(({ level }) => level === 'error')).toEqual([])
})
