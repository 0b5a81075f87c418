import { describe, expect, test } from 'bun:test'
import { type BatonOptions, createBaton } from '../../../console/client/client.ts'
import type { LiveBatch } from '../../../console/client/live/follow-batch.ts'
import type { LiveBatches } from '../../../console/client/live/follow-batches.ts'
import { ProblemError, UnreachableError } from '../../../console/client/problem.ts'
import { until } from '../../support/until.ts'
import { problemAnswer, snapshot, snapshotEvent, streamOf } from './support.ts'

/** A client whose calls are answered one after the other by these, and what it sent. */
const baton = (answers: readonly (Response | Error)[], options: BatonOptions = {}) => {
  const sent: { method: string; path: string; headers: Headers; body: string }[] = []
  const client = createBaton({
    baseUrl: 'http://gateway.test',
    onWake(wake) {
      const timer = setTimeout(wake)
      return () => clearTimeout(timer)
    },
    async fetch(request) {
      const { pathname, search } = new URL(request.url)
      const turn = sent.push({
        method: request.method,
        path: pathname + search,
        headers: request.headers,
        body: await request.text(),
      })
      const answer = answers[turn - 1]
      if (answer === undefined) return new Promise(() => {})
      if (answer instanceof Error) throw answer
      return answer
    },
    ...options,
  })
  return { client, sent }
}
const REGISTRATION = { expected_essay_count: 2, course_code: 'ENG5' } as const
const registered = { batch_id: 'b-1', correlation_id: 'c-1', status: 'registered' }

describe('a call', () => {
  test('gives the body of the answer, and is sent with the token', async () => {
    const { client, sent } = baton([Response.json({ pipelines: [] })], { token: () => 'a-token' })
    expect(await client.pipelines()).toEqual([])
    expect(sent.map(({ method, path, headers }) => [method, path, headers.get('authorization')])).toEqual([
      ['GET', '/v1/pipelines', 'Bearer a-token'],
    ])
  })

  test('that takes effect each time is not made again when nobody knows whether it did, but when it was refused for now', async () => {
    const lost = baton([new Error('gone')])
    const file = new File(['text'], 'a.txt')
    await expect(lost.client.upload('b-1', [file], () => {})).rejects.toBeInstanceOf(UnreachableError)
    const redrive = { letter_ids: ['l-1'], dry_run: false }
    const unknown = baton([problemAnswer(504, 'SERVICE_UNAVAILABLE')])
    await expect(unknown.client.operations.redrive(redrive)).rejects.toBeInstanceOf(ProblemError)
    const redriven = { dry_run: false, results: [] }
    const refused = baton([problemAnswer(429, 'RATE_LIMIT', {}, { 'retry-after': '0' }), Response.json(redriven)])
    await refused.client.operations.redrive(redrive)
    expect([lost, unknown, refused].map(({ sent }) => sent.length)).toEqual([1, 1, 2])
  })

  test('names the batch in its path, whatever characters the id has', async () => {
    const accepted = { status: 'accepted', message: 'received', batch_id: 'b/1', correlation_id: 'c-1' } as const
    const { client, sent } = baton([
      Response.json(accepted, { status: 202 }),
      Response.json({ ...snapshot(3) }),
      Response.json({ access_token: 'a-token', token_type: 'Bearer' }),
    ])
    expect(await client.requestPipeline('b/1', { requested_pipeline: 'nlp' })).toEqual(accepted)
    expect((await client.status('b/1')).details.revision).toBe(3)
    expect(await client.devToken('ada', ['admin'])).toBe('a-token')
    expect(sent.map(({ method, path, body }) => [method, path, body])).toEqual([
      ['POST', '/v1/batches/b%2F1/pipelines', '{"requested_pipeline":"nlp"}'],
      ['GET', '/v1/batches/b%2F1/status', ''],
      ['POST', '/dev/token', '{"user_id":"ada","roles":["admin"]}'],
    ])
  })

  test('reads plans, lists, essays and runs', async () => {
    const { client, sent } = baton(Array.from({ length: 4 }, () => Response.json({})))
    await client.plan('b-1', { requested_pipeline: 'nlp' })
    await client.batches({ status: 'failed', limit: 5 })
    await client.essays('b-1', { status: 'failed' })
    await client.runs('b-1')
    expect(sent.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'POST /v1/batches/b-1/plans',
      'GET /v1/batches?status=failed&limit=5',
      'GET /v1/batches/b-1/essays?status=failed',
      'GET /v1/batches/b-1/runs',
    ])
  })

  test('that the gateway refuses rejects with the problem, typed', async () => {
    const errors = [{ pointer: '/expected_essay_count', detail: 'must be positive' }]
    const { client } = baton([problemAnswer(422, 'VALIDATION_ERROR', { errors })])
    const thrown = await client.register({ ...REGISTRATION, expected_essay_count: 0 }).catch((error) => error)
    expect(thrown).toBeInstanceOf(ProblemError)
    expect(thrown).toMatchObject({ code: 'VALIDATION_ERROR', status: 422, problem: { errors } })
  })

  test('that a proxy answers without a problem still rejects with one', async () => {
    const { client } = baton([new Response('<h1>Not here</h1>', { status: 404 })])
    await expect(client.pipelines()).rejects.toMatchObject({ code: 'RESOURCE_NOT_FOUND', status: 404 })
  })

  test('that is not answered, or refused for now, is made again under the same Idempotency-Key', async () => {
    const away = problemAnswer(503, 'KAFKA_PUBLISH_ERROR', { outcome: 'unknown' }, { 'retry-after': '2' })
    const { client, sent } = baton([new TypeError('no route'), away, Response.json(registered, { status: 202 })])
    expect(await client.register(REGISTRATION)).toMatchObject({ batch_id: 'b-1' })
    const keys = sent.map(({ headers }) => headers.get('idempotency-key'))
    expect(new Set(keys).size).toBe(1)
    expect(keys[0]).toMatch(/^[0-9a-f]{32}$/)
    expect(sent.map(({ body }) => body)).toEqual(sent.map(() => JSON.stringify(REGISTRATION)))
  })

  test('gives up after three tries', async () => {
    const { client, sent } = baton(Array.from({ length: 4 }, () => new TypeError('no route')))
    await expect(client.pipelines()).rejects.toBeInstanceOf(UnreachableError)
    expect(sent).toHaveLength(3)
  })

  test('whose token is refused is made once more with a new one', async () => {
    const { client, sent } = baton(
      [problemAnswer(401, 'AUTHENTICATION_ERROR', { reason: 'token_expired' }), Response.json({ pipelines: [] })],
      { token: (reason) => (reason === 'needed' ? 'old' : 'new') },
    )
    expect(await client.pipelines()).toEqual([])
    expect(sent.map(({ headers }) => headers.get('authorization'))).toEqual(['Bearer old', 'Bearer new'])
  })

  test('is refused when there is no new token', async () => {
    const { client, sent } = baton([problemAnswer(401, 'AUTHENTICATION_ERROR')], { token: () => 'old' })
    await expect(client.pipelines()).rejects.toMatchObject({ code: 'AUTHENTICATION_ERROR' })
    expect(sent).toHaveLength(1)
  })
})

describe('following', () => {
  const follow = (answers: readonly (Response | Error)[], options: BatonOptions = {}) => {
    const { client, sent } = baton(answers, options)
    const seen: LiveBatch[] = []
    const stop = client.follow('b/1', (live) => void seen.push(live))
    const reached = (revision: number) =>
      until(() => seen.at(-1)?.batch?.details.revision === revision, { timeoutMs: 2_000, what: `revision ${revision}` })
    return { sent, seen, stop, reached }
  }

  test('reads the stream with the token, and resumes by Last-Event-ID', async () => {
    const live = follow(
      [streamOf('retry: 1', ': hello', snapshotEvent(4), 'event: new_kind\ndata: {}'), streamOf(snapshotEvent(5))],
      { token: () => 'a-token' },
    )
    await live.reached(5)
    live.stop()
    expect(
      live.sent
        .slice(0, 2)
        .map(({ path, headers }) => [path, headers.get('authorization'), headers.get('last-event-id')]),
    ).toEqual([
      ['/v1/batches/b%2F1/events', 'Bearer a-token', null],
      ['/v1/batches/b%2F1/events', 'Bearer a-token', '4'],
    ])
  })

  test('gets a new token for a stream that is refused for its old one', async () => {
    const live = follow([problemAnswer(401, 'AUTHENTICATION_ERROR'), streamOf(snapshotEvent(1))], {
      token: (reason) => (reason === 'needed' ? 'old' : 'new'),
    })
    await live.reached(1)
    live.stop()
    expect(live.sent[1]?.headers.get('authorization')).toBe('Bearer new')
  })

  test('asks with the ETag where a gateway has no streams, or something in between swallows them', async () => {
    for (const none of [problemAnswer(404, 'RESOURCE_NOT_FOUND'), new Response('<p>hello</p>')]) {
      const live = follow([
        none,
        Response.json(snapshot(7), { headers: { etag: '"7"' } }),
        new Response(null, { status: 304 }),
        Response.json(snapshot(8), { headers: { etag: '"8"' } }),
      ])
      await live.reached(8)
      live.stop()
      expect(live.sent.slice(1, 4).map(({ path, headers }) => [path, headers.get('if-none-match')])).toEqual([
        ['/v1/batches/b%2F1/status', null],
        ['/v1/batches/b%2F1/status', '"7"'],
        ['/v1/batches/b%2F1/status', '"7"'],
      ])
    }
  })

  test('ends for a batch that does not exist', async () => {
    const live = follow([problemAnswer(404, 'RESOURCE_NOT_FOUND', { reason: 'unknown_batch' })])
    await until(() => live.seen.at(-1)?.connection === 'refused', { timeoutMs: 2_000, what: 'the refusal' })
    expect(live.seen.at(-1)?.problem?.problem.reason).toBe('unknown_batch')
  })
})

describe('following all of my batches', () => {
  const follow = (answers: readonly (Response | Error)[]) => {
    const { client, sent } = baton(answers)
    const seen: LiveBatches[] = []
    const stop = client.followAll((live) => void seen.push(live))
    const reached = (revision: number) =>
      until(() => seen.at(-1)?.batches.get('b-1')?.revision === revision, {
        timeoutMs: 2_000,
        what: `revision ${revision}`,
      })
    return { sent, seen, stop, reached }
  }

  test('keeps the newest of each, also when a new stream begins with an older one', async () => {
    const live = follow([streamOf(snapshotEvent(4), snapshotEvent(6)), streamOf(snapshotEvent(5), snapshotEvent(7))])
    await live.reached(7)
    live.stop()
    expect(live.seen.flatMap(({ batches }) => batches.get('b-1')?.revision ?? [])).toEqual([4, 6, 7])
    expect(live.sent[0]?.path).toBe('/v1/events')
  })

  test('asks for the list where there is no stream', async () => {
    const page = (revision: number) =>
      Response.json({ batches: [snapshot(revision).details], pagination: { limit: 100, total: 1, next_cursor: null } })
    const live = follow([problemAnswer(404, 'RESOURCE_NOT_FOUND'), page(2), page(3)])
    await live.reached(3)
    live.stop()
    expect(live.seen.at(-1)?.connection).toBe('polling')
    expect(live.sent[1]?.path).toBe('/v1/batches?limit=100')
  })

  test('is over when nobody is signed in', async () => {
    const live = follow([problemAnswer(401, 'AUTHENTICATION_ERROR')])
    await until(() => live.seen.at(-1)?.connection === 'refused', { timeoutMs: 2_000, what: 'the refusal' })
  })
})
