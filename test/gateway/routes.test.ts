import { describe, expect, test } from 'bun:test'
import { z } from 'zod'
import { PassingError, PublishError } from '../../shared/errors.ts'
import { UpstreamError } from '../../shared/http/upstream.ts'
import { normalizeUuid } from '../../shared/ids.ts'
import { gateway, registeredBy, statusOf } from './support.ts'

const Problem = z.object({
  status: z.number(),
  code: z.string(),
  reason: z.string().optional(),
  outcome: z.string().optional(),
  detail: z.string(),
  errors: z.array(z.object({ pointer: z.string(), detail: z.string() })).optional(),
})
const problem = async (answer: Response) => Problem.parse(await answer.json())
const ask = { requested_pipeline: 'ai_feedback', prompt_payload: { assignment_id: 'a-1' } }

describe('POST /v1/batches/{batch_id}/pipelines', () => {
  test('answers 202 with the body of the contract once the command is in the log', async () => {
    const { call, published } = gateway()
    const answer = await call('POST', '/v1/batches/b-1/pipelines', ask)
    expect(answer.status).toBe(202)
    expect(answer.headers.get('location')).toBe('/v1/batches/b-1/status')
    const id = answer.headers.get('x-correlation-id')
    expect(await answer.json()).toEqual({
      status: 'accepted',
      message: 'Pipeline execution request received',
      batch_id: 'b-1',
      correlation_id: id,
    })
    const [message] = published
    expect(message).toMatchObject({ topic: 'huleedu.commands.batch.pipeline.v1', key: 'b-1' })
    expect(JSON.parse(String(message?.value))).toMatchObject({
      correlation_id: id,
      source_service: 'api_gateway_service',
      data: { ...ask, batch_id: 'b-1', user_id: 'ada', client_correlation_id: id, is_retry: false, retry_reason: null },
      metadata: {},
    })
  })

  test('the organisation of the token goes along', async () => {
    const { app, as, published } = gateway()
    const headers = { ...(await as({ orgId: 'school' })), 'content-type': 'application/json' }
    await app.request('/v1/batches/b-1/pipelines', { method: 'POST', headers, body: JSON.stringify(ask) })
    expect(JSON.parse(String(published[0]?.value))).toMatchObject({ metadata: { org_id: 'school' } })
  })

  test.each([
    ['a pipeline that is none', { requested_pipeline: 'grammar' }, ['/requested_pipeline']],
    [
      'both kinds of prompt',
      { ...ask, prompt_payload: { assignment_id: 'a', cms_prompt_ref: { references: {} } } },
      ['/prompt_payload'],
    ],
    ['neither kind of prompt', { ...ask, prompt_payload: {} }, ['/prompt_payload']],
    ['an unknown field', { ...ask, requested_pipelin: 'x' }, ['/requested_pipelin']],
    ['another batch than the path names', { ...ask, batch_id: 'b-2' }, ['/batch_id']],
    [
      'several wrong values at once',
      { is_retry: 'perhaps', retry_reason: 'x'.repeat(501) },
      ['/is_retry', '/requested_pipeline', '/retry_reason'],
    ],
    ['control characters', { requested_pipeline: 'nlp\n' }, ['/requested_pipeline']],
  ])('%s is a 422 that points at it, and nothing is sent', async (_, body, pointers) => {
    const { call, published } = gateway()
    const answer = await call('POST', '/v1/batches/b-1/pipelines', body)
    expect(answer.status).toBe(422)
    const { errors = [] } = await problem(answer)
    expect([...new Set(errors.map(({ pointer }) => pointer))].sort()).toEqual(pointers)
    expect(published).toEqual([])
  })

  test('comprehensive, and a phase by its name, can be asked for', async () => {
    const { call } = gateway()
    for (const requested_pipeline of ['comprehensive', 'spellcheck'])
      expect((await call('POST', '/v1/batches/b-1/pipelines', { requested_pipeline })).status).toBe(202)
  })

  test("somebody else's batch is a 403 that does not name the owner", async () => {
    const { call, published } = gateway({ conductor: { status: async (id) => statusOf(id, 'grace-the-owner') } })
    const answer = await call('POST', '/v1/batches/b-1/pipelines', ask)
    expect(answer.status).toBe(403)
    expect(JSON.stringify(await answer.json())).not.toContain('grace')
    expect(published).toEqual([])
  })

  test('a batch that only the orchestrator knows yet is accepted; one that nobody knows is a 404, each time asked anew', async () => {
    const owner = registeredBy('ada', 'b-9')
    let known = false
    const { call } = gateway({ orchestrator: { owner: async () => (known ? owner : undefined) } })
    expect((await call('POST', '/v1/batches/b-9/pipelines', ask)).status).toBe(404)
    known = true
    expect((await call('POST', '/v1/batches/b-9/pipelines', ask)).status).toBe(202)
  })

  test('an owner is asked for once', async () => {
    let asked = 0
    const status = async (id: string) => {
      asked += 1
      return statusOf(id, 'ada')
    }
    const { call } = gateway({ conductor: { status } })
    for (let n = 0; n < 3; n++) await call('POST', '/v1/batches/b-1/pipelines', ask)
    expect(asked).toBe(1)
  })

  test('the request is accepted while the conductor and the orchestrator are away', async () => {
    const away = async () => {
      throw new PassingError('conductor', 'ECONNREFUSED')
    }
    const { call, published } = gateway({ conductor: { status: away }, orchestrator: { owner: away } })
    expect((await call('POST', '/v1/batches/b-1/pipelines', ask)).status).toBe(202)
    expect(published.length).toBe(1)
  })

  test.each(['not_sent', 'unknown'] as const)(
    'while the log is down it is a 503 with the outcome %s',
    async (outcome) => {
      const { call } = gateway({
        publish: async () => {
          throw new PublishError(outcome, 'broker 3 at 10.0.0.1')
        },
      })
      const answer = await call('POST', '/v1/batches/b-1/pipelines', ask)
      expect(answer.status).toBe(503)
      expect(answer.headers.get('retry-after')).toBe('2')
      expect(await problem(answer)).toMatchObject({ code: 'KAFKA_PUBLISH_ERROR', outcome })
    },
  )
})

describe('POST /v1/batches/register', () => {
  test('passes the registration on with who asks, and says where the status is', async () => {
    const { call, registered } = gateway()
    const body = { expected_essay_count: 2, course_code: 'ENG5', essay_ids: ['a', 'b'] }
    const answer = await call('POST', '/v1/batches/register', body)
    expect(answer.status).toBe(202)
    const requestId = registered[0]?.requestId ?? ''
    expect(normalizeUuid(requestId)).toBe(requestId)
    expect(answer.headers.get('location')).toBe(`/v1/batches/b-${requestId}/status`)
    expect(registered).toMatchObject([{ body, user: { userId: 'ada', orgId: null } }])
  })

  test.each([
    ['more essays than allowed', { expected_essay_count: 6 }, ['/expected_essay_count']],
    ['an id that repeats', { expected_essay_count: 2, essay_ids: ['a', 'a'] }, ['/essay_ids/1']],
    ['another number of ids', { expected_essay_count: 3, essay_ids: ['a', 'b'] }, ['/essay_ids']],
    ['no essays', { expected_essay_count: 0 }, ['/expected_essay_count']],
    ['a course that is none', { expected_essay_count: 1, course_code: 'eng5' }, ['/course_code']],
  ])('%s is a 422 that points at it', async (_, body, pointers) => {
    const { call, registered } = gateway()
    const answer = await call('POST', '/v1/batches/register', { course_code: 'ENG5', ...body })
    expect(answer.status).toBe(422)
    expect((await problem(answer)).errors?.map(({ pointer }) => pointer)).toEqual(pointers)
    expect(registered).toEqual([])
  })

  test('a list of more essays than allowed is refused by its length, whatever stands in it', async () => {
    const { call, registered } = gateway()
    const essay_ids = Array.from({ length: 10_000 }, () => 1)
    const answer = await call('POST', '/v1/batches/register', {
      expected_essay_count: 10_000,
      course_code: 'ENG5',
      essay_ids,
    })
    expect(answer.status).toBe(422)
    const detail = 'a batch may have 5 essays'
    expect(await answer.json()).toMatchObject({
      reason: 'batch_too_large',
      detail: 'The batch is too large.',
      errors: [
        { pointer: '/expected_essay_count', detail },
        { pointer: '/essay_ids', detail },
      ],
    })
    expect(registered).toEqual([])
  })

  test('passes on why the orchestrator refuses it: what would fit no message is a 422 with pointer and limit', async () => {
    const errors = [
      { pointer: '/essay_ids', detail: 'a message that names all essays would have 9 bytes, and 8 are allowed' },
    ]
    const refusal = { code: 'VALIDATION_ERROR', reason: 'batch_too_large', detail: 'The batch is too large.', errors }
    const { call } = gateway({
      orchestrator: {
        register: async () => {
          throw new UpstreamError('orchestrator', 422, refusal)
        },
      },
    })
    const answer = await call('POST', '/v1/batches/register', { expected_essay_count: 1, course_code: 'SV1' })
    expect(answer.status).toBe(422)
    expect(await answer.json()).toMatchObject(refusal)
  })

  test('is a 503 while the orchestrator is away', async () => {
    const { call } = gateway({
      orchestrator: {
        register: async () => {
          throw new PassingError('orchestrator', 'ECONNREFUSED')
        },
      },
    })
    const answer = await call('POST', '/v1/batches/register', { expected_essay_count: 1, course_code: 'SV1' })
    expect(answer.status).toBe(503)
    expect((await problem(answer)).code).toBe('SERVICE_UNAVAILABLE')
  })
})

describe('GET /v1/batches/{batch_id}/status', () => {
  test('answers what the conductor knows, without the owner, and with an ETag that saves the next answer', async () => {
    const { call } = gateway()
    const answer = await call('GET', '/v1/batches/b-1/status')
    expect(answer.status).toBe(200)
    expect(answer.headers.get('etag')).toBe('"17"')
    const { status, details } = statusOf('b-1', 'ada')
    expect(await answer.json()).toEqual({ status, details })
    const again = await call('GET', '/v1/batches/b-1/status', undefined, { 'if-none-match': '"17"' })
    expect(again.status).toBe(304)
  })

  test('a batch that only the orchestrator knows yet is pending_content', async () => {
    const owner = registeredBy('ada', 'b-9')
    const { call } = gateway({ orchestrator: { owner: async () => owner } })
    const answer = await call('GET', '/v1/batches/b-9/status')
    expect(await answer.json()).toMatchObject({
      status: 'pending_content',
      details: { batch_id: 'b-9', essay_count: 2 },
    })
  })

  test("somebody else's is a 403, an unknown one a 404", async () => {
    const { call, app, as } = gateway()
    expect((await app.request('/v1/batches/b-1/status', { headers: await as({ userId: 'eve' }) })).status).toBe(403)
    expect((await call('GET', '/v1/batches/b-2/status')).status).toBe(404)
  })
})

describe('what is around the routes', () => {
  test('GET /v1/pipelines lists what can be asked for', async () => {
    const { call } = gateway()
    const answer = await call('GET', '/v1/pipelines')
    expect(await answer.json()).toMatchObject({
      pipelines: [{ name: 'ai_feedback' }, { name: 'cj_assessment' }, { name: 'comprehensive' }, { name: 'nlp' }],
    })
  })

  test('POST /dev/token signs in as anyone, and exists in development only', async () => {
    const { call } = gateway()
    const answer = await call('POST', '/dev/token', { user_id: 'ada' })
    const { access_token } = z.object({ access_token: z.string() }).parse(await answer.json())
    expect(
      (await call('GET', '/v1/batches/b-1/status', undefined, { authorization: `bearer ${access_token}` })).status,
    ).toBe(200)
    expect(
      (await gateway({ deps: { signToken: undefined } }).call('POST', '/dev/token', { user_id: 'ada' })).status,
    ).toBe(404)
  })

  test.each([
    ['GET', '/nothing', 404],
    ['DELETE', '/v1/batches/b-1/status', 405],
    ['POST', '/v1/batches/b-1/pipelines', 415],
    ['POST', '/v1/batches/b-1/pipelines', 413],
    ['GET', '/v1/batches/b-2/status', 404],
  ])('%s %s carries CORS headers with its %p', async (method, path, status) => {
    const { call } = gateway()
    const body = status === 415 ? 'text' : status === 413 ? 'x'.repeat(60_000) : undefined
    const answer = await call(method, path, body, {
      origin: 'http://localhost:5173',
      ...(body ? { 'content-type': 'text/plain' } : {}),
    })
    expect(answer.status).toBe(status)
    expect(answer.headers.get('access-control-allow-origin')).toBe('http://localhost:5173')
    expect(answer.headers.get('access-control-expose-headers')).toContain('Retry-After')
  })

  test('a refused sign-in carries CORS headers, another origin gets none, and a preflight needs no sign-in', async () => {
    const { app } = gateway()
    const from = (origin: string, init: RequestInit = {}) =>
      app.request('/v1/batches/b-1/status', { ...init, headers: { ...init.headers, origin } })
    const refused = await from('http://localhost:5173')
    expect([refused.status, refused.headers.get('access-control-allow-origin')]).toEqual([401, 'http://localhost:5173'])
    expect((await from('https://evil.example')).headers.get('access-control-allow-origin')).toBeNull()
    const preflight = await from('http://localhost:5173', {
      method: 'OPTIONS',
      headers: { 'access-control-request-method': 'PATCH' },
    })
    expect(preflight.status).toBe(204)
    expect(preflight.headers.get('access-control-allow-methods')).toContain('PATCH')
  })
})

test('a slow request is a warning that says what the time was spent on', async () => {
  let advance: (ms: number) => void = () => {}
  const one = gateway({
    async publish() {
      advance(2_000)
      return []
    },
  })
  advance = one.base.advance
  await one.call('POST', '/v1/batches/b-1/pipelines', ask)
  expect(one.base.logger.lines.filter(({ level }) => level === 'warn')).toMatchObject([
    {
      message: 'slow request',
      fields: {
        ms: 2_000,
        route: '/v1/batches/:batch_id/pipelines',
        spent_ms: { publish: 2_000, owner: 0, sign_in: 0 },
      },
    },
  ])
})
