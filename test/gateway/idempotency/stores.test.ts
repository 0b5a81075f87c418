import { afterAll, describe, expect, test } from 'bun:test'
import { createEmbeddedIdempotencyStore } from '../../../gateway/idempotency/embedded.ts'
import { KEEP_MS } from '../../../gateway/idempotency/port.ts'
import { createRedisIdempotencyStore } from '../../../gateway/idempotency/redis.ts'
import { idempotencyKey } from '../../../gateway/keys.ts'
import { createRedisClient, type RedisClient } from '../../../shared/store/redis/client.ts'
import { openDatabase } from '../../../shared/store/sqlite.ts'
import { describeRedis, uniquePrefix } from '../../support/engines.ts'
import { silent } from '../../support/silent.ts'
import { idempotencyContract } from './contract.ts'

const claim = { fingerprint: 'payload', correlationId: 'c', owner: 'a', leaseMs: 30_000 }
const answer = { status: 202, headers: {}, body: '' }

describe('idempotency keys in SQLite', () => {
  idempotencyContract(async (clock) => createEmbeddedIdempotencyStore({ db: openDatabase(':memory:'), clock }))

  test('a key is forgotten a day after its answer, and then takes no room', async () => {
    const db = openDatabase(':memory:')
    let now = 1_795_496_612_641_301
    const store = createEmbeddedIdempotencyStore({ db, clock: () => now })
    await store.reserve('k', claim)
    await store.complete('k', 'a', answer)
    now += KEEP_MS * 1_000 - 1
    expect((await store.reserve('k', claim)).state).toBe('answered')
    now += 1
    expect((await store.reserve('other', claim)).state).toBe('reserved')
    expect(db.query('SELECT digest FROM idempotency').all()).toEqual([{ digest: 'other' }])
  })
})

describeRedis('idempotency keys that gateways share', (url) => {
  const clients: RedisClient[] = []
  afterAll(() => Promise.all(clients.map((client) => client.close())))
  const connect = () => {
    const redis = createRedisClient({ url, connectionName: 'test', logger: silent })
    clients.push(redis)
    return redis
  }
  idempotencyContract(async (clock) => createRedisIdempotencyStore({ redis: connect(), prefix: uniquePrefix(), clock }))

  test("two gateways on the store's own clock: one key, one call", async () => {
    const prefix = uniquePrefix()
    const stores = [connect(), connect()].map((redis) => createRedisIdempotencyStore({ redis, prefix }))
    const calls = Array.from({ length: 40 }, (_, n) => stores[n % 2]?.reserve('k', { ...claim, owner: `${n}` }))
    const reserved = (await Promise.all(calls)).filter((reservation) => reservation?.state === 'reserved')
    expect(reserved.length).toBe(1)
  })

  test('a key expires a day after its last change', async () => {
    const prefix = uniquePrefix()
    const redis = connect()
    const store = createRedisIdempotencyStore({ redis, prefix })
    const lua = "return redis.call('PTTL', KEYS[1])"
    const timeLeft = redis.define({ name: 'testTimeLeft', numberOfKeys: 1, lua })
    await store.reserve('k', claim)
    for (const step of [async () => {}, () => store.complete('k', 'a', answer)]) {
      await step()
      const left = Number(await timeLeft([idempotencyKey(prefix, 'k')], []))
      expect(left).toBeGreaterThan(KEEP_MS - 10_000)
      expect(left).toBeLessThanOrEqual(KEEP_MS)
    }
  })
})
