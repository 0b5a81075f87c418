import { afterAll, describe, expect, test } from 'bun:test'
import { join } from 'node:path'
import { z } from 'zod'
import { createLocalRateLimitStore } from '../../../gateway/limits/local.ts'
import type { Limit } from '../../../gateway/limits/port.ts'
import { createRedisRateLimitStore } from '../../../gateway/limits/redis.ts'
import { PassingError } from '../../../shared/errors.ts'
import { createRedisClient, type RedisClient } from '../../../shared/store/redis/client.ts'
import { describeRedis, uniquePrefix } from '../../support/engines.ts'
import { silent } from '../../support/silent.ts'
import { gateway, NO_LIMITS } from '../support.ts'
import { limitContract, take } from './contract.ts'

const Report = z.object({ admitted: z.int(), from: z.int(), to: z.int() })

describe('the limiter of one process', () => {
  limitContract(async (clock) => createLocalRateLimitStore({ clock }))

  test('it remembers a bounded number of clients', async () => {
    const store = createLocalRateLimitStore({ clock: () => 1_000, maxKeys: 10 })
    for (let n = 0; n < 100; n++) await take(store, `client-${n}`, { perMinute: 1, burst: 1 })
    expect((await take(store, 'client-99', { perMinute: 1, burst: 1 })).allowed).toBe(false)
    expect((await take(store, 'client-0', { perMinute: 1, burst: 1 })).allowed).toBe(true)
  })
})

describeRedis('the limiter that gateways share', (url) => {
  const clients: RedisClient[] = []
  afterAll(() => Promise.all(clients.map((client) => client.close())))
  const connect = () => {
    const redis = createRedisClient({ url, connectionName: 'test', logger: silent })
    clients.push(redis)
    return redis
  }

  limitContract(async (clock) => createRedisRateLimitStore({ redis: connect(), prefix: uniquePrefix(), clock }))

  /** 2,000 calls of one client by two processes at the same time: how many were admitted, and how long that took. */
  const byTwoProcesses = async (limit: Limit, fixedClock?: number) => {
    const prefix = uniquePrefix()
    const args = [url, prefix, 1_000, limit.perMinute, limit.burst, ...(fixedClock === undefined ? [] : [fixedClock])]
    const command = [process.execPath, join(import.meta.dir, 'caller.ts'), ...args.map(String)]
    const outputs = [1, 2].map(() => new Response(Bun.spawn(command, { stdout: 'pipe' }).stdout).json())
    const reports = z.array(Report).parse(await Promise.all(outputs))
    const admitted = reports.reduce((sum, report) => sum + report.admitted, 0)
    const ms = Math.max(...reports.map(({ to }) => to)) - Math.min(...reports.map(({ from }) => from))
    return { admitted, seconds: ms / 1_000 }
  }

  test("of 2,000 calls by two processes on the store's own clock no more than the burst and what time adds are admitted", async () => {
    const { admitted, seconds } = await byTwoProcesses({ perMinute: 600, burst: 20 })
    expect(admitted).toBeGreaterThanOrEqual(20)
    expect(admitted).toBeLessThanOrEqual(20 + Math.ceil(10 * seconds) + 1)
  })

  test('of 2,000 calls by two processes on a fixed clock exactly the burst is admitted', async () => {
    expect((await byTwoProcesses({ perMinute: 1, burst: 123 }, 1_795_496_612_641_300)).admitted).toBe(123)
  })
})

describe('limits on the routes', () => {
  const limits = {
    ...NO_LIMITS,
    pipelines: { perMinute: 60, burst: 2 },
    status: { perMinute: 60, burst: 3 },
  }

  test('a client that asks too often gets a 429 with when to come again, over all batches together', async () => {
    const { call } = gateway({ limiter: { limits } })
    const answers = []
    for (const batch of ['b-1', 'b-1', 'b-1', 'b-2']) answers.push(await call('GET', `/v1/batches/${batch}/status`))
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 429])
    expect(answers[0]?.headers.get('ratelimit')).toMatch(/^"status";r=2;t=\d+$/)
    expect(answers[0]?.headers.get('ratelimit-policy')).toBe('"status";q=3;w=3')
    expect(answers[3]?.headers.get('retry-after')).toBe('1')
    expect(answers[3]?.headers.get('content-type')).toBe('application/problem+json')
  })

  test('uploads have a limit of their own', async () => {
    const few = { ...NO_LIMITS, uploads: { perMinute: 60, burst: 1 }, default: { perMinute: 60, burst: 2 } }
    const { call } = gateway({ limiter: { limits: few } })
    const statuses = async (method: string, path: string) =>
      [await call(method, path), await call(method, path), await call(method, path)].map(({ status }) => status)
    expect((await statuses('POST', '/v1/batches/b-1/files')).slice(1)).toEqual([429, 429])
    expect(await statuses('GET', '/v1/batches')).toEqual([200, 200, 429])
  })

  test('an invalid call counts, health does not, and another user has a limit of their own', async () => {
    const { call, app, as } = gateway({ limiter: { limits } })
    const ask = () => call('POST', '/v1/batches/b-1/pipelines', {})
    expect([(await ask()).status, (await ask()).status, (await ask()).status]).toEqual([422, 422, 429])
    for (let n = 0; n < 20; n++) expect((await call('GET', '/healthz')).status).toBe(200)
    const other = await app.request('/v1/batches/b-1/pipelines', {
      method: 'POST',
      headers: { ...(await as({ userId: 'bo' })), 'content-type': 'application/json' },
      body: '{}',
    })
    expect(other.status).toBe(422)
  })

  test.each([
    ['whose body is too large', 413, '/v1/batches/register', { 'content-length': '900000000' }],
    ['that nothing answers', 404, '/wp-admin', {}],
    ['whose method nothing answers', 405, '/docs/errors', {}],
  ])(
    'a call %s is refused before it is limited, and counts by address all the same',
    async (_, status, path, headers) => {
      const { app } = gateway({ limiter: { limits: { ...NO_LIMITS, default: { perMinute: 60, burst: 2 } } } })
      const ask = () => app.request(path, { method: 'POST', headers, body: 'x' })
      const answers = [await ask(), await ask(), await ask()]
      expect(answers.map((answer) => answer.status)).toEqual([status, status, 429])
      expect(answers[2]?.headers.get('retry-after')).toBe('1')
      expect((await app.request('/healthz')).status).toBe(200)
    },
  )

  test('a call of somebody signed in that nothing answers is counted once, on that path', async () => {
    const { call } = gateway({ limiter: { limits: { ...NO_LIMITS, default: { perMinute: 60, burst: 2 } } } })
    const statuses = []
    for (let n = 0; n < 3; n++) statuses.push((await call('GET', '/v1/nothing')).status)
    expect(statuses).toEqual([404, 404, 429])
  })

  test('while the shared store is away calls are counted locally with the same numbers', async () => {
    const store = {
      take: async () => {
        throw new PassingError('redis', 'ECONNREFUSED')
      },
    }
    const { call } = gateway({ limiter: { limits, store } })
    const statuses = []
    for (let n = 0; n < 4; n++) statuses.push((await call('GET', '/v1/batches/b-1/status')).status)
    expect(statuses).toEqual([200, 200, 200, 429])
  })

  test('an organisation shares a limit above those of its users, and who is refused by it has lost nothing', async () => {
    const shared = { ...limits, organisation: { perMinute: 60, burst: 3 } }
    const { app, as } = gateway({ limiter: { limits: shared } })
    const ask = async (userId: string, orgId: string | null) =>
      (await app.request('/v1/batches/b-1/status', { headers: await as({ userId, orgId }) })).status
    const school = []
    for (const user of ['ada', 'bo', 'cy', 'di']) school.push(await ask(user, 'school'))
    expect(school).toEqual([200, 403, 403, 429])
    expect(await ask('ada', null)).toBe(200)
    expect(await ask('ada', 'another')).toBe(200)
    expect(await ask('ada', null)).toBe(429)
  })

  test('an organisation shares its limit also where the route has none of its own', async () => {
    const { app, as } = gateway({ limiter: { limits: { ...NO_LIMITS, organisation: { perMinute: 60, burst: 2 } } } })
    const headers = await as({ userId: 'ada', orgId: 'school' })
    const answers = []
    for (let n = 0; n < 3; n++) answers.push(await app.request('/v1/batches/b-1/status', { headers }))
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 429])
    expect(answers[0]?.headers.get('ratelimit-policy')).toBe('"status";q=2;w=2')
    expect(answers[2]?.headers.get('retry-after')).toBe('1')
  })

  test('a HEAD is taken out of the budget of the GET that it stands for', async () => {
    const { call } = gateway({ limiter: { limits } })
    const statuses = []
    for (const method of ['GET', 'HEAD', 'GET', 'HEAD'])
      statuses.push((await call(method, '/v1/batches/b-1/status')).status)
    expect(statuses).toEqual([200, 200, 200, 429])
  })

  test('a role may call more often by its factor', async () => {
    const { app, as } = gateway({ limiter: { limits, factors: { service: 2 } } })
    const headers = await as({ roles: ['service', 'teacher'] })
    const answers = []
    for (let n = 0; n < 7; n++) answers.push(await app.request('/v1/batches/b-1/status', { headers }))
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 200, 429])
    expect(answers[0]?.headers.get('ratelimit-policy')).toBe('"status";q=6;w=3')
  })

  test("a role's factor holds for the organisation, too: its calls cost less of what all share", async () => {
    const shared = { ...NO_LIMITS, status: { perMinute: 60, burst: 100 }, organisation: { perMinute: 60, burst: 3 } }
    const { app, as } = gateway({ limiter: { limits: shared, factors: { service: 2 } } })
    const ask = async (roles: readonly string[]) =>
      (await app.request('/v1/batches/b-1/status', { headers: await as({ roles, orgId: 'school' }) })).status
    const service = []
    for (let n = 0; n < 4; n++) service.push(await ask(['service']))
    expect(service).toEqual([200, 200, 200, 200])
    // Four of its calls took as much as two of a teacher's.
    expect([await ask(['teacher']), await ask(['teacher'])]).toEqual([200, 429])
  })

  test('each route has a budget of its own', async () => {
    const { call } = gateway({ limiter: { limits: { ...NO_LIMITS, default: { perMinute: 60, burst: 1 } } } })
    const body = { expected_essay_count: 1, course_code: 'ENG5' }
    expect((await call('GET', '/v1/pipelines')).status).toBe(200)
    expect((await call('POST', '/v1/batches/register', body)).status).toBe(202)
    expect((await call('GET', '/v1/pipelines')).status).toBe(429)
  })

  test('who cannot sign in is counted by address, which no header changes', async () => {
    const only = { ...NO_LIMITS, default: { perMinute: 60, burst: 3 } }
    const { app, call } = gateway({ limiter: { limits: only } })
    const statuses = []
    for (let n = 0; n < 4; n++) {
      const headers = { authorization: 'Bearer no.to.ken', 'x-forwarded-for': `1.2.3.${n}` }
      statuses.push((await app.request('/v1/pipelines', { headers })).status)
    }
    expect(statuses).toEqual([401, 401, 401, 429])
    // Whoever is signed in behind the same address is not concerned.
    expect((await call('GET', '/v1/pipelines')).status).toBe(200)
  })
})
