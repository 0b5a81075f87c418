import { afterAll, describe, expect, test } from 'bun:test'
import { createLocalRateLimitStore } from '../../../gateway/limits/local.ts'
import { createRedisRateLimitStore } from '../../../gateway/limits/redis.ts'
import { PassingError } from '../../../shared/errors.ts'
import { createRedisClient, type RedisClient } from '../../../shared/store/redis/client.ts'
import { describeRedis, uniquePrefix } from '../../support/engines.ts'
import { silent } from '../../support/silent.ts'
import { gateway } from '../support.ts'
import { limitContract } from './contract.ts'

describe('the limiter of one process', () => {
  limitContract(async (clock) => createLocalRateLimitStore({ clock }))

  test('it remembers a bounded number of clients', async () => {
    const store = createLocalRateLimitStore({ clock: () => 1_000, maxKeys: 10 })
    for (let n = 0; n < 100; n++) await store.take(`client-${n}`, { perMinute: 1, burst: 1 })
    expect((await store.take('client-99', { perMinute: 1, burst: 1 })).allowed).toBe(false)
    expect((await store.take('client-0', { perMinute: 1, burst: 1 })).allowed).toBe(true)
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

  test("two processes on the store's own clock admit no more than the burst and what time adds", async () => {
    const prefix = uniquePrefix()
    const stores = [connect(), connect()].map((redis) => createRedisRateLimitStore({ redis, prefix }))
    const started = performance.now()
    const limit = { perMinute: 600, burst: 20 }
    const verdicts = await Promise.all(Array.from({ length: 2_000 }, (_, n) => stores[n % 2]?.take('ada', limit)))
    const admitted = verdicts.filter((verdict) => verdict?.allowed).length
    const seconds = (performance.now() - started) / 1_000
    expect(admitted).toBeGreaterThanOrEqual(20)
    expect(admitted).toBeLessThanOrEqual(20 + Math.ceil(10 * seconds) + 1)
  })
})

describe('limits on the routes', () => {
  const limits = {
    pipelines: { perMinute: 60, burst: 2 },
    status: { perMinute: 60, burst: 3 },
    default: { perMinute: 0, burst: 0 },
  }

  test('a client that asks too often gets a 429 with when to come again, over all batches together', async () => {
    const { call } = gateway({ deps: { limits } })
    const answers = []
    for (const batch of ['b-1', 'b-1', 'b-1', 'b-2']) answers.push(await call('GET', `/v1/batches/${batch}/status`))
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 429])
    expect(answers[0]?.headers.get('ratelimit')).toMatch(/^"status";r=2;t=\d+$/)
    expect(answers[0]?.headers.get('ratelimit-policy')).toBe('"status";q=3;w=3')
    expect(answers[3]?.headers.get('retry-after')).toBe('1')
    expect(answers[3]?.headers.get('content-type')).toBe('application/problem+json')
  })

  test('an invalid call counts, health does not, and another user has a limit of their own', async () => {
    const { call, app, as } = gateway({ deps: { limits } })
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

  test('while the shared store is away calls are counted locally with the same numbers', async () => {
    const base = gateway()
    expect(base).toBeDefined()
    const store = {
      take: async () => {
        throw new PassingError('redis', 'ECONNREFUSED')
      },
    }
    const fallback = createLocalRateLimitStore({ clock: () => Date.now() * 1_000 })
    const limiter = { store, fallback, limited() {}, peerOf: () => 'x', clock: Date.now }
    const { call } = gateway({ deps: { limits, limiter } })
    const statuses = []
    for (let n = 0; n < 4; n++) statuses.push((await call('GET', '/v1/batches/b-1/status')).status)
    expect(statuses).toEqual([200, 200, 200, 429])
  })
})
