import { afterEach, describe, expect, test } from 'bun:test'
import { z } from 'zod'
import { BatchSnapshot } from '../../../shared/contracts/http/snapshots.ts'
import { PassingError } from '../../../shared/errors.ts'
import { change } from '../../shared/store/changes/contract.ts'
import { type SseEvent, sseEvents } from '../../support/sse.ts'
import { until } from '../../support/until.ts'
import { gateway, newerThan, registeredBy, statusOf } from '../support.ts'

/** The gateway's app with batches whose revision a test sets; every batch is Ada's. */
const open = (options: Parameters<typeof gateway>[0] = {}) => {
  const revisions = new Map([['b-1', 17]])
  let trouble: Error | undefined
  const asked: string[] = []
  const at = gateway({
    ...options,
    conductor: {
      async status(id) {
        if (trouble) throw trouble
        const revision = revisions.get(id)
        if (revision === undefined) return undefined
        const status = statusOf(id, 'ada')
        return { ...status, details: { ...status.details, revision } }
      },
      async newer(batches) {
        asked.push(...batches.map(({ batch_id }) => batch_id))
        if (trouble) throw trouble
        return batches.map(({ batch_id, revision }) => {
          const current = revisions.get(batch_id)
          const status = statusOf(batch_id, 'ada')
          const found =
            current === undefined ? undefined : { ...status, details: { ...status.details, revision: current } }
          return newerThan(revision, batch_id, found)
        })
      },
      ...options.conductor,
    },
  })
  at.live.start()
  cleanups.push(() => at.live.drain())

  /** Reads on until there are so many events. */
  const read = (response: Response) => {
    const seen: SseEvent[] = []
    let over = false
    const reading = (async () => {
      for await (const event of sseEvents(response)) seen.push(event)
      over = true
    })()
    const upTo = (test: (seen: readonly SseEvent[]) => boolean) =>
      until(() => (test(seen) ? seen : undefined), { timeoutMs: 3_000, what: 'events' })
    return { seen, upTo, reading, over: () => over }
  }
  const events = async (path = '/v1/batches/b-1/events', headers: Record<string, string> = {}) => {
    const response = await at.call('GET', path, undefined, headers)
    return { response, ...read(response) }
  }
  return {
    ...at,
    asked,
    events,
    read,
    commit(id: string, revision: number) {
      revisions.set(id, revision)
      at.feed.publish([change(id, revision)])
    },
    fail(error: Error | undefined) {
      trouble = error
    },
  }
}
const cleanups: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup()
})

const named = (seen: readonly SseEvent[], event: string) => seen.filter((one) => one.event === event)

test('first how the batch stands, then every change, as whole snapshots whose ids are revisions', async () => {
  const { events, commit } = open()
  const { response, upTo } = await events()
  expect(response.status).toBe(200)
  await upTo((seen) => named(seen, 'snapshot').length === 1)
  commit('b-1', 18)
  const seen = await upTo((seen) => named(seen, 'snapshot').length === 2)
  expect(seen[0]).toMatchObject({ event: 'retry', data: expect.stringMatching(/^\d{3,4}$/) })
  expect(named(seen, 'snapshot').map(({ id }) => id)).toEqual(['17', '18'])
  const snapshot = BatchSnapshot.parse(JSON.parse(seen.at(-1)?.data ?? ''))
  expect(snapshot.details).toMatchObject({ batch_id: 'b-1', revision: 18 })
  expect(snapshot.details).not.toHaveProperty('essays')
})

test('no proxy may change, keep or hold back a stream, and another origin may read it', async () => {
  const { events } = open()
  const { response } = await events('/v1/batches/b-1/events', { origin: 'http://localhost:5173' })
  expect(response.headers.get('content-type')).toBe('text/event-stream')
  expect(response.headers.get('cache-control')).toBe('no-cache, no-transform')
  expect(response.headers.get('x-accel-buffering')).toBe('no')
  expect(response.headers.get('access-control-allow-origin')).toBe('http://localhost:5173')
})

test('who comes back with the id of the last event gets what is newer only, and is told when nothing is', async () => {
  const { events, commit } = open()
  const current = await events('/v1/batches/b-1/events', { 'last-event-id': '17' })
  const seen = await current.upTo((seen) => named(seen, 'live').length === 1)
  expect(JSON.parse(named(seen, 'live')[0]?.data ?? '')).toEqual({ batch_id: 'b-1', revision: 17 })
  commit('b-1', 18)
  await current.upTo((seen) => named(seen, 'snapshot').length === 1)
  for (const [path, lastId] of [
    ['?after=17', ''],
    ['?after=3', '17'],
    ['?after=17', '4'],
  ] as const) {
    const later = await events(`/v1/batches/b-1/events${path}`, lastId === '' ? {} : { 'last-event-id': lastId })
    const came = await later.upTo((seen) => named(seen, 'snapshot').length === 1)
    expect(named(came, 'snapshot')[0]?.id).toBe('18')
  }
  expect(named(current.seen, 'snapshot').map(({ id }) => id)).toEqual(['18'])
})

test('an id that is no revision is refused, not taken for the beginning', async () => {
  const { call } = open()
  expect((await call('GET', '/v1/batches/b-1/events?after=yesterday')).status).toBe(422)
  const header = { 'last-event-id': '-1' }
  expect((await call('GET', '/v1/batches/b-1/events', undefined, header)).status).toBe(422)
})

test('many streams of one batch are one read a change', async () => {
  const { events, commit, asked } = open()
  const streams = await Promise.all(Array.from({ length: 30 }, () => events()))
  for (const { upTo } of streams) await upTo((seen) => named(seen, 'snapshot').length === 1)
  await until(() => asked.length >= 2, { timeoutMs: 2_000, what: 'the look for those that came late' })
  const before = asked.length
  commit('b-1', 18)
  for (const { upTo } of streams) await upTo((seen) => named(seen, 'snapshot').length === 2)
  expect(asked.length - before).toBeLessThanOrEqual(2)
})

describe('who may read it', () => {
  test("somebody else's batch is a 403, an unknown one a 404, and without sign-in it is a 401: all as problems", async () => {
    const { app, as, call, streamed } = open()
    const other = await app.request('/v1/batches/b-1/events', { headers: await as({ userId: 'eve' }) })
    expect([other.status, other.headers.get('content-type')]).toEqual([403, 'application/problem+json'])
    expect((await call('GET', '/v1/batches/nowhere/events')).status).toBe(404)
    expect((await app.request('/v1/batches/b-1/events')).status).toBe(401)
    expect(streamed.open).toBe(0)
  })

  test('a batch that only the orchestrator knows yet begins at revision 0 and goes on when the conductor knows it', async () => {
    const { events, commit } = open({ orchestrator: { owner: async () => registeredBy('ada', 'b-9') } })
    const { upTo } = await events('/v1/batches/b-9/events')
    await upTo((seen) => named(seen, 'snapshot').length === 1)
    commit('b-9', 5)
    const seen = await upTo((seen) => named(seen, 'snapshot').length === 2)
    expect(named(seen, 'snapshot').map(({ id }) => id)).toEqual(['0', '5'])
  })

  test('while nobody can say whose batch it is, it is a 503', async () => {
    const away = new PassingError('orchestrator', 'ECONNREFUSED')
    const { fail, call } = open({
      orchestrator: {
        owner: async () => {
          throw away
        },
      },
    })
    fail(new PassingError('conductor', 'ECONNREFUSED'))
    const answer = await call('GET', '/v1/batches/b-1/events')
    expect(answer.status).toBe(503)
    expect(answer.headers.get('retry-after')).not.toBeNull()
  })

  test('a ticket opens one stream, once, and ends with the token that it came from', async () => {
    const { app, as, read, call } = open()
    const answer = await call('POST', '/v1/stream-tickets')
    expect(answer.status).toBe(201)
    const { ticket, expires_in } = z.object({ ticket: z.string(), expires_in: z.number() }).parse(await answer.json())
    expect(expires_in).toBe(30)
    const path = `/v1/batches/b-1/events?ticket=${ticket}`
    const { upTo } = read(await app.request(path))
    await upTo((seen) => named(seen, 'snapshot').length === 1)
    const again = await app.request(path)
    expect(again.status).toBe(401)
    expect(await again.json()).toMatchObject({ reason: 'invalid_ticket' })
    expect((await app.request(`/v1/batches/b-1/status?ticket=${ticket}`)).status).toBe(401)
    expect((await app.request(path, { headers: await as() })).status).toBe(200)
  })
})

describe('how it ends, and goes on', () => {
  test('with the token', async () => {
    const { app, sign, read } = open()
    const token = await sign({ userId: 'ada', orgId: null, roles: [] }, 1)
    const response = await app.request('/v1/batches/b-1/events', { headers: { authorization: `Bearer ${token}` } })
    const { upTo, reading } = read(response)
    const seen = await upTo((seen) => named(seen, 'end').length === 1)
    expect(seen.at(-1)).toMatchObject({ event: 'end', data: '{"reason":"token_expired"}' })
    await reading
  })

  test('with the server, that says so and accepts it again as a stream that ends', async () => {
    const { events, live } = open()
    const { upTo, reading } = await events()
    await upTo((seen) => named(seen, 'snapshot').length === 1)
    await live.drain()
    await reading
    await upTo((seen) => seen.at(-1)?.data === '{"reason":"draining"}')
    const later = await events()
    await later.reading
    expect(later.seen.map(({ event }) => event)).toEqual(['retry', 'end'])
  })

  test('a client that goes away leaves nothing behind', async () => {
    const { call, streamed } = open()
    const response = await call('GET', '/v1/batches/b-1/events')
    expect(streamed.open).toBe(1)
    await response.body?.cancel()
    expect(streamed.open).toBe(0)
  })

  test('while the state catches up or the conductor is away it is held and says so, and never goes back', async () => {
    const { events, commit, fail } = open()
    const { upTo, seen } = await events()
    await upTo((seen) => named(seen, 'snapshot').length === 1)
    fail(new PassingError('catching_up', 'not yet'))
    commit('b-1', 18)
    await upTo((seen) => named(seen, 'hold').length === 1)
    expect(JSON.parse(named(seen, 'hold')[0]?.data ?? '')).toEqual({ batch_id: 'b-1', reason: 'catching_up' })
    fail(undefined)
    await upTo((seen) => named(seen, 'snapshot').length === 2)
    expect(named(seen, 'snapshot').map(({ id }) => id)).toEqual(['17', '18'])
  })

  test('a silent stream says that it is alive', async () => {
    const { events } = open({ settings: { STREAM_HEARTBEAT_MS: 100 } })
    const { upTo } = await events()
    await upTo((seen) => named(seen, 'heartbeat').length === 2)
  })

  test('a user with too many streams is refused another', async () => {
    const { events, call } = open({ settings: { STREAMS_PER_USER: 2 } })
    await events()
    await events()
    const answer = await call('GET', '/v1/batches/b-1/events')
    expect(answer.status).toBe(429)
    expect(await answer.json()).toMatchObject({ code: 'RATE_LIMIT', reason: 'too_many_streams' })
  })
})

describe('a status that waits for a request', () => {
  const AT = '2026-02-03T08:15:30Z'
  const ID = '4848e3a5-d5b1-4c67-972f-7fd205078a55'

  test('is answered when the request stands in it', async () => {
    const entry = {
      ...{ request_id: ID, correlation_id: ID, requested_pipeline: 'nlp', user_id: 'ada', is_retry: false },
      ...{ verdict: 'accepted' as const, reason: null, detail: null, run_id: null, requested_at: AT, received_at: AT },
      decided_at: null,
    }
    const status = statusOf('b-1', 'ada')
    let current = status
    const { call, feed, live } = gateway({ conductor: { status: async () => current } })
    live.start()
    cleanups.push(() => live.drain())
    const answered = call('GET', `/v1/batches/b-1/status?after_request=${ID.toUpperCase()}`)
    current = { ...status, details: { ...status.details, revision: 18, requests: [entry] } }
    feed.publish([change('b-1', 18)])
    expect(await (await answered).json()).toMatchObject({ details: { requests: [{ correlation_id: ID }] } })
  })

  test("somebody else's batch is not waited for, and what is no id is refused", async () => {
    const { app, as, call } = open()
    const path = `/v1/batches/b-1/status?after_request=${ID}`
    expect((await app.request(path, { headers: await as({ userId: 'eve' }) })).status).toBe(403)
    expect((await call('GET', '/v1/batches/b-1/status?after_request=mine')).status).toBe(422)
  })
})
