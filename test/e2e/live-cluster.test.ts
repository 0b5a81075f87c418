import { afterAll, beforeAll, expect, test } from 'bun:test'
import { announced } from '../../conductor/state/announced.ts'
import { batchRegistered, essaySucceeded } from '../../conductor/state/facts.ts'
import { createRedisIdempotencyStore } from '../../gateway/idempotency/redis.ts'
import { createRedisRateLimitStore } from '../../gateway/limits/redis.ts'
import { createTokenSigner } from '../../gateway/sign-in/sign.ts'
import { batchId, essayId } from '../../shared/ids.ts'
import { createRedisChangeFeed } from '../../shared/store/changes/redis.ts'
import { changeOf, eventOf, origin, redisForTests, redisStore, registration } from '../conductor/state/support.ts'
import { conductor, KEY } from '../conductor/support.ts'
import { installEngines } from '../engines/install.ts'
import { createRedisCluster, type RedisCluster } from '../engines/redis-cluster.ts'
import { describeKafka, freePort, uniquePrefix } from '../support/engines.ts'
import { followLive } from '../support/live-client.ts'
import { silent } from '../support/silent.ts'
import { until } from '../support/until.ts'
import { createProgramPool } from './process.ts'

const SECRET = 'a-secret-of-more-than-32-characters-in-all'
const essays = ['a', 'b', 'c'].map(essayId)

describeKafka('a gateway on a Redis Cluster of three nodes', (brokers) => {
  const programs = createProgramPool()
  const cleanups: (() => Promise<unknown> | unknown)[] = [() => programs.endAll()]
  afterAll(async () => {
    for (const cleanup of cleanups.reverse()) await cleanup()
  })

  let cluster: RedisCluster
  beforeAll(async () => {
    cluster = await createRedisCluster(await installEngines(() => {}))
    cleanups.push(() => cluster.dispose())
  }, 60_000)

  test('its limits count calls of one moment exactly, on whichever nodes they are kept', async () => {
    const redis = redisForTests(cluster.url)
    cleanups.push(() => redis.close())
    const limits = createRedisRateLimitStore({ redis, prefix: uniquePrefix(), clock: () => 1_795_496_612_641_300 })
    const limit = { perMinute: 60, burst: 3 }
    const calls = Array.from({ length: 200 }, (_, n) => [{ key: `user-${n % 40}`, limit }] as const)
    const verdicts = (await Promise.all(calls.map(limits.take))).flat()
    expect(verdicts.map(({ allowed }) => allowed)).toEqual(calls.map((_, n) => n < 3 * 40))
  }, 60_000)

  test('its idempotency keys do once what is asked for at one moment, on whichever nodes they are kept', async () => {
    const redis = redisForTests(cluster.url)
    cleanups.push(() => redis.close())
    const keys = createRedisIdempotencyStore({ redis, prefix: uniquePrefix() })
    const digestOfCall = (n: number) => Bun.hash(`key ${n % 40}`).toString(16)
    const claim = { fingerprint: 'payload', correlationId: 'c', leaseMs: 30_000 }
    const reserved = await Promise.all(
      Array.from({ length: 120 }, (_, n) => keys.reserve(digestOfCall(n), { ...claim, owner: `${n}` })),
    )
    expect(reserved.map(({ state }) => state)).toEqual(reserved.map((_, n) => (n < 40 ? 'reserved' : 'running')))
    const answer = { status: 202, headers: {}, body: '' }
    const kept = await Promise.all(reserved.map((_, n) => keys.complete(digestOfCall(n), `${n}`, answer)))
    expect(kept).toEqual(reserved.map((_, n) => n < 40))
    expect(await keys.reserve(digestOfCall(1), { ...claim, owner: 'late' })).toMatchObject({
      state: 'answered',
      answer,
    })
  }, 60_000)

  test('its streams see every change by the feed, on whichever node the batch lives', async () => {
    const redis = redisForTests(cluster.url)
    cleanups.push(() => redis.close())
    const prefix = uniquePrefix()
    const store = announced(redisStore(redis, prefix).store, createRedisChangeFeed({ redis, prefix, logger: silent }))
    const { app } = conductor({ store })
    const server = Bun.serve({ hostname: '127.0.0.1', port: 0, fetch: (request) => app.fetch(request) })
    cleanups.push(() => server.stop(true))
    const port = String(await freePort())
    programs.start('gateway/main.ts', {
      ...{ KAFKA_BROKERS: brokers.join(','), KAFKA_PREFIX: prefix, TOPIC_PARTITIONS: '1' },
      ...{ REDIS_URL: cluster.url, REDIS_PREFIX: prefix, CONDUCTOR_URL: server.url.href, INTERNAL_API_KEY: KEY },
      // Without the feed nobody would look again within this test.
      ...{ JWT_SECRET: SECRET, GATEWAY_PORT: port, STREAM_REREAD_MS: '600000' },
    })
    const url = `http://127.0.0.1:${port}`
    await until(async () => (await fetch(`${url}/healthz`)).ok, { timeoutMs: 30_000, what: 'the gateway to listen' })
    // Notices are for those who listen already: a gateway does so once, on a node of its choice.
    const listeners = async (node: number) =>
      Number(String(await cluster.send(node, 'PUBSUB', 'NUMSUB', `${prefix}changes`)).split(',')[1])
    const all = async () => (await Promise.all([0, 1, 2].map(listeners))).reduce((sum, count) => sum + count, 0)
    await until(async () => (await all()) === 1, { timeoutMs: 15_000, what: 'the gateway to listen to the feed' })
    const sign = createTokenSigner({
      ...{ issuer: 'huleedu-identity-service', audience: 'huleedu-platform', secret: SECRET, clock: Date.now },
    })
    const authorization = `Bearer ${await sign({ userId: 'teacher-1', orgId: null, roles: ['teacher'] })}`

    // Their buckets are spread over the slots, so each node has some of them.
    const ids = Array.from({ length: 9 }, (_, n) => batchId(`b-${n}`))
    const facts = (n: number) => (n === 0 ? batchRegistered(registration(), essays, origin(1)) : succeeded(n))
    const succeeded = (n: number) => essaySucceeded(essays[n - 1] ?? essayId('none'), 'nlp', origin(n + 1), null)
    const change = async (n: number): Promise<readonly number[]> => {
      const applied = await Promise.all(ids.map((id) => store.apply([changeOf(id, eventOf([facts(n)], n))])))
      return applied.map(([one]) => Number(one?.revision))
    }
    await change(0)
    const clients = ids.map((id) => followLive({ urls: [url], path: `/v1/batches/${id}/events`, authorization }))
    await until(() => clients.every(({ ids }) => ids.length > 0), { timeoutMs: 15_000, what: 'the first snapshots' })
    for (let n = 1; n <= essays.length; n++) {
      const revisions = await change(n)
      await until(() => clients.every(({ ids }, at) => ids.at(-1) === revisions[at]), {
        timeoutMs: 10_000,
        what: `change ${n} on every stream`,
      })
    }
    for (const client of clients) {
      await client.stop()
      expect(client.ids).toEqual([...new Set(client.ids)].sort((a, b) => a - b))
      expect(client.connected).toHaveLength(1)
    }
  }, 90_000)
})
