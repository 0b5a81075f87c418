import { describe, expect, test } from 'bun:test'
import { hash } from 'node:crypto'
import { canonical, digestOf, webSha256 } from '../../../gateway/idempotency/digest.ts'
import { createEmbeddedIdempotencyStore } from '../../../gateway/idempotency/embedded.ts'
import type { IdempotencyStore } from '../../../gateway/idempotency/port.ts'
import { PassingError, PublishError } from '../../../shared/errors.ts'
import { openDatabase } from '../../../shared/store/sqlite.ts'
import { gateway, NO_LIMITS } from '../support.ts'

const PATH = '/v1/batches/b-1/pipelines'
const ask = { requested_pipeline: 'nlp', is_retry: true }
const key = { 'idempotency-key': 'k-1' }
const idOf = (value: unknown): string => Reflect.get(JSON.parse(String(value)), 'event_id')
const problem = async (answer: Response) => {
  const body: unknown = await answer.json()
  return typeof body === 'object' && body !== null ? body : {}
}

test('the same key and payload get the first answer again, and nothing more is sent', async () => {
  const { call, published, keys } = gateway()
  const first = await call('POST', PATH, ask, key)
  const again = await call('POST', PATH, { is_retry: true, requested_pipeline: 'nlp' }, key)
  expect([first.status, again.status]).toEqual([202, 202])
  expect(first.headers.get('idempotency-replayed')).toBeNull()
  expect(again.headers.get('idempotency-replayed')).toBe('true')
  for (const name of ['location', 'content-type', 'x-correlation-id'])
    expect(again.headers.get(name)).toBe(first.headers.get(name))
  expect(await again.text()).toBe(await first.text())
  expect(published.length).toBe(1)
  expect(keys).toEqual(['first', 'replayed'])
})

test('a replayed answer carries the CORS, security and limit headers of the call that got it', async () => {
  const limits = { ...NO_LIMITS, pipelines: { perMinute: 60, burst: 10 } }
  const { call } = gateway({ limiter: { limits } })
  await call('POST', PATH, ask, key)
  const again = await call('POST', PATH, ask, { ...key, origin: 'http://localhost:5173' })
  expect(again.headers.get('access-control-allow-origin')).toBe('http://localhost:5173')
  expect(again.headers.get('access-control-expose-headers')).toContain('Idempotency-Replayed')
  expect(again.headers.get('x-content-type-options')).toBe('nosniff')
  expect(again.headers.get('ratelimit')).toMatch(/^"pipelines";r=8;/)
})

test('another payload under the same key is a 422 that says so', async () => {
  const { call, published } = gateway()
  await call('POST', PATH, ask, key)
  const answer = await call('POST', PATH, { requested_pipeline: 'cj_assessment' }, key)
  expect(answer.status).toBe(422)
  expect(await problem(answer)).toMatchObject({
    code: 'VALIDATION_ERROR',
    reason: 'idempotency_key_reused',
    errors: [{ pointer: '#header/idempotency-key' }],
  })
  expect(published.length).toBe(1)
})

test('a key belongs to one user, one method and one path', async () => {
  const { call, app, as, published, registered } = gateway({ orchestrator: {} })
  await call('POST', PATH, ask, key)
  const headers = { ...(await as({ userId: 'bo' })), 'content-type': 'application/json', ...key }
  expect((await app.request(PATH, { method: 'POST', headers, body: JSON.stringify(ask) })).status).toBe(403)
  const body = { expected_essay_count: 1, course_code: 'ENG5' }
  expect((await call('POST', '/v1/batches/register', body, key)).status).toBe(202)
  expect([published.length, registered.length]).toEqual([1, 1])
})

test('while the first call runs the others get a 409 with when to come again', async () => {
  const gate = Promise.withResolvers<void>()
  const { call, published } = gateway({
    publish: async () => {
      await gate.promise
      return []
    },
  })
  const statuses: number[] = []
  const calls = Array.from({ length: 10 }, async () => {
    const answer = await call('POST', PATH, ask, key)
    statuses.push(answer.status)
    if (statuses.length === 9) gate.resolve()
    return answer
  })
  const refused = (await Promise.all(calls)).filter(({ status }) => status === 409)
  expect(statuses).toEqual([...Array.from({ length: 9 }, () => 409), 202])
  expect(refused[0]?.headers.get('retry-after')).toMatch(/^[12]$/)
  expect(await problem(refused[0] ?? new Response('{}'))).toMatchObject({
    code: 'CONFLICT',
    reason: 'idempotency_key_running',
  })
  expect(published.length).toBe(1)
})

describe('what is kept', () => {
  test('a refusal that stands is given again', async () => {
    const { call } = gateway()
    expect((await call('POST', PATH, { requested_pipeline: 'nope' }, key)).status).toBe(422)
    const again = await call('POST', PATH, { requested_pipeline: 'nope' }, key)
    expect([again.status, again.headers.get('idempotency-replayed')]).toEqual([422, 'true'])
    expect(again.headers.get('content-type')).toBe('application/problem+json')
  })

  test('a failure that may pass is not: the repeat is done, with the same ids and under the first correlation id', async () => {
    const tried: string[] = []
    let down = true
    const { call } = gateway({
      publish: async ([message]) => {
        tried.push(String(message?.value))
        if (down) throw new PublishError('unknown', 'late')
        return []
      },
    })
    const failed = await call('POST', PATH, ask, key)
    expect(failed.status).toBe(503)
    down = false
    const done = await call('POST', PATH, ask, key)
    expect([done.status, done.headers.get('idempotency-replayed')]).toEqual([202, null])
    expect(done.headers.get('x-correlation-id')).toBe(failed.headers.get('x-correlation-id'))
    expect(tried.length).toBe(2)
    expect(idOf(tried[0])).toBe(idOf(tried[1]))
  })

  test('a body of the wrong type is judged anew once its type is right: the type is no part of the payload', async () => {
    const { call } = gateway()
    expect((await call('POST', PATH, ask, { ...key, 'content-type': 'text/plain' })).status).toBe(415)
    const again = await call('POST', PATH, ask, key)
    expect([again.status, again.headers.get('idempotency-replayed')]).toEqual([202, null])
  })

  test('a refusal is small, whatever the body was', async () => {
    const kept: number[] = []
    const real = createEmbeddedIdempotencyStore({ db: openDatabase(':memory:'), clock: () => 0 })
    const store: IdempotencyStore = {
      ...real,
      complete(digest, owner, answer) {
        kept.push(answer.body.length)
        return real.complete(digest, owner, answer)
      },
    }
    const { call } = gateway({ deps: { idempotency: { store, counted() {} }, maxBatchEssays: 100_000 } })
    const many = Array.from({ length: 20_000 }, () => 1)
    const bodies = [
      { expected_essay_count: 1, course_code: 'ENG5', essay_ids: many },
      Object.fromEntries(Array.from({ length: 4_000 }, (_, n) => [`k${n}`, 1])),
      { ['x'.repeat(40_000)]: 1 },
    ]
    for (const [n, body] of bodies.entries())
      expect((await call('POST', '/v1/batches/register', body, { 'idempotency-key': `k-${n}` })).status).toBe(422)
    expect(kept.length).toBe(3)
    expect(Math.max(...kept)).toBeLessThan(20_000)
  })

  test('an answer that is large is not: the repeat is done, with the same ids', async () => {
    const asked: string[] = []
    const essay_ids = Array.from({ length: 5_000 }, (_, n) => `essay ${n} with a long name`)
    const { call } = gateway({
      orchestrator: {
        async retry(batch_id, _, { correlationId }, requestId) {
          asked.push(requestId)
          return {
            ...{ batch_id, correlation_id: correlationId, status: 'accepted', requested_pipeline: 'nlp' },
            ...{ run_id: 'r-1', plan_revision: '1' },
            phases: [{ phase: 'nlp', decision: 'run', reason: 'retry_failed', essay_ids }],
          }
        },
      },
    })
    const again = () => call('POST', '/v1/batches/b-1/retry', { reason: 'the service is back' }, key)
    const answers = [await again(), await again()]
    expect(answers.map(({ status }) => status)).toEqual([202, 202])
    expect(asked.length).toBe(2)
    expect(new Set(asked).size).toBe(1)
  })

  test('an unknown batch is asked for anew', async () => {
    const { call } = gateway()
    expect((await call('POST', '/v1/batches/b-9/pipelines', ask, key)).status).toBe(404)
    const again = await call('POST', '/v1/batches/b-9/pipelines', ask, key)
    expect([again.status, again.headers.get('idempotency-replayed')]).toEqual([404, null])
  })
})

describe('ids of what a request causes', () => {
  test('come from the key: the same in another process, other for another user, key, path or payload', async () => {
    const idWith = async (headers: Record<string, string>, body: object = ask) => {
      const { call, published } = gateway()
      expect((await call('POST', PATH, body, headers)).status).toBe(202)
      return idOf(published[0]?.value)
    }
    const first = await idWith(key)
    expect(await idWith(key)).toBe(first)
    const others = [await idWith({ 'idempotency-key': 'k-2' }), await idWith(key, { requested_pipeline: 'nlp' })]
    expect(new Set([first, ...others]).size).toBe(3)
    expect(await idWith({})).not.toBe(await idWith({}))
  })

  test('a registration repeated after a crash asks the orchestrator for the same batch', async () => {
    const body = { expected_essay_count: 1, course_code: 'ENG5' }
    const batchOf = async () => {
      const { call, registered } = gateway()
      await call('POST', '/v1/batches/register', body, key)
      return registered[0]?.requestId
    }
    expect(await batchOf()).toBe((await batchOf()) ?? '')
  })
})

describe('when the store of keys is away', () => {
  const away = async () => {
    throw new PassingError('redis', 'ECONNREFUSED')
  }

  test('a request with a key is refused for now, not accepted with its key ignored; one without goes on', async () => {
    const store: IdempotencyStore = { reserve: away, complete: away, release: away }
    const { call, published } = gateway({ deps: { idempotency: { store, counted() {} } } })
    const answer = await call('POST', PATH, ask, key)
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '2'])
    expect(published).toEqual([])
    expect((await call('POST', PATH, ask)).status).toBe(202)
  })

  test('an accepted request is answered as accepted, also when its answer cannot be kept', async () => {
    const real = createEmbeddedIdempotencyStore({ db: openDatabase(':memory:'), clock: () => 0 })
    const store: IdempotencyStore = { ...real, complete: away }
    const { call, published, base } = gateway({ deps: { idempotency: { store, counted() {} } } })
    expect((await call('POST', PATH, ask, key)).status).toBe(202)
    expect(published.length).toBe(1)
    expect(base.logger.lines.some(({ message }) => message.includes('was not kept'))).toBe(true)
  })
})

test.each(['', 'a b', 'å', 'x'.repeat(256)])('the key %p is refused with a pointer', async (bad) => {
  const { call, published } = gateway()
  const answer = await call('POST', PATH, ask, { 'idempotency-key': bad })
  expect(answer.status).toBe(422)
  expect(await problem(answer)).toMatchObject({ errors: [{ pointer: '#header/idempotency-key' }] })
  expect(published).toEqual([])
})

test('the same JSON in another order or spacing is the same payload, another value or shape is not', () => {
  expect(canonical('{"a": 1, "b": {"d": 2, "c": [1]}}')).toBe(canonical('{"b":{"c":[1],"d":2},"a":1}'))
  expect(canonical('{"a":[1,2]}')).not.toBe(canonical('{"a":[2,1]}'))
  expect(canonical('{"a":1}')).not.toBe(canonical('[["a",1]]'))
  expect(canonical('{"a":')).toBe('{"a":')
})

test.each(['', 'ada', 'é𝄞\u0000', 'x'.repeat(10_000)])(
  'a digest is the same by web standards and by the process',
  async (text) => {
    const sha256 = (of: string) => hash('sha256', of, 'hex')
    expect(await digestOf([text], webSha256)).toBe(sha256(JSON.stringify([text])))
  },
)
