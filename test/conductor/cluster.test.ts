import { afterAll, afterEach, beforeAll, expect, test } from 'bun:test'
import { PROJECTED_TOPICS } from '../../conductor/projections/index.ts'
import { createRedisListing } from '../../conductor/rebuild/listing.ts'
import { batchRegistered } from '../../conductor/state/facts.ts'
import { batchKeys } from '../../conductor/state/keys.ts'
import { LettersPage } from '../../shared/contracts/http/dead-letters.ts'
import { SENDERS } from '../../shared/contracts/senders.ts'
import { dlqOf, TOPICS } from '../../shared/contracts/topics.ts'
import { batchId } from '../../shared/ids.ts'
import { deadLetterOf } from '../../shared/log/dead-letter.ts'
import type { LogRecord } from '../../shared/log/port.ts'
import type { RedisClient } from '../../shared/store/redis/client.ts'
import { installEngines } from '../engines/install.ts'
import { createRedisCluster, NODE_TIMEOUT_MS, type RedisCluster } from '../engines/redis-cluster.ts'
import { describeRedis, uniquePrefix } from '../support/engines.ts'
import { until } from '../support/until.ts'
import { deadRecord } from './dead-letters/support.ts'
import { expectEqualToModel, LIMIT, loadAll, type Running, setUp, type Undo } from './load.ts'
import { headers } from './running.ts'
import { batchStoreContract } from './state/contract.ts'
import { expiryContract } from './state/expiry-contract.ts'
import { changeOf, eventOf, origin, redisForTests, redisStore, registration } from './state/support.ts'

/**
 * Holds that no record became a dead letter. One that is written now is seen by the same reader: so it would have seen those
 * that came before, and the index, which is asked too, has what the log has.
 */
const expectNoLetters = async ({ log, one }: Running): Promise<void> => {
  const topic = TOPICS.essaysRegistered
  const record = { ...deadRecord(topic, 0, 'probe'), partition: 0 }
  const probe = deadLetterOf({
    record,
    reason: 'not_json',
    error: 'a probe',
    service: SENDERS.conductor,
    at: Date.now(),
  })
  await log.publish([probe])
  const letters: LogRecord[] = []
  const ends = (await log.partitions(PROJECTED_TOPICS.map(dlqOf))).length
  const tail = await log.consume({ group: 'letters', topics: PROJECTED_TOPICS.map(dlqOf) }, async (records) => {
    letters.push(...records)
  })
  await until(() => tail.lag().filter(({ lag }) => lag === 0).length === ends, { ...LIMIT, what: 'all dead letters' })
  await tail.stop()
  expect(letters.map((found) => [found.topic, found.offset])).toEqual([[dlqOf(topic), 0]])
  const listed = async () => {
    const response = await one.app.request('/internal/v1/dead-letters', { headers })
    return LettersPage.parse(await response.json()).letters
  }
  await until(async () => (await listed()).length > 0, { ...LIMIT, what: 'the probe in the index' })
  expect((await listed()).map(({ error }) => error)).toEqual(['a probe'])
}

describeRedis('a Redis Cluster of three nodes', () => {
  let cluster: RedisCluster
  let redis: RedisClient
  beforeAll(async () => {
    cluster = await createRedisCluster(await installEngines(() => {}))
    redis = redisForTests(cluster.url)
  }, 40_000)
  afterAll(async () => {
    await redis.close()
    await cluster.dispose()
  })
  const undo: Undo = []
  afterEach(async () => {
    for (const step of undo.splice(0).reverse()) await step()
  })

  batchStoreContract('cluster', () => redisStore(redis, uniquePrefix()))
  expiryContract('cluster', () => redisStore(redis, uniquePrefix()))

  test('all keys of a batch lie in one slot, whatever its id', async () => {
    for (const id of ['}x', '{', '{}', '{a}b', 'plain', 'å}'].map(batchId)) {
      const slots = await Promise.all(
        Object.values(batchKeys('p:', id)).map((key) => cluster.send(0, 'CLUSTER', 'KEYSLOT', key)),
      )
      expect(new Set(slots).size).toBe(1)
    }
  })

  test('a look at all names finds those of every node, and only those of the prefix', async () => {
    const prefix = uniquePrefix()
    const ids = Array.from({ length: 12 }, (_, n) => batchId(`b-${n}`))
    for (const at of [prefix, `other-${prefix}`])
      await redisStore(redis, at, []).store.apply(
        ids.map((id) => changeOf(id, eventOf([batchRegistered(registration(), [], origin(1))]))),
      )
    expect([...(await createRedisListing(redis, prefix).batches())].sort()).toEqual([...ids].sort())
  })

  test('a script that a node has lost is given to it again', async () => {
    const prefix = uniquePrefix()
    const count = redis.define({ name: 'testClusterCount', numberOfKeys: 1, lua: `return redis.call('INCR', KEYS[1])` })
    expect(await count([`${prefix}a`], [])).toBe(1)
    for (const n of [0, 1, 2]) await cluster.send(n, 'SCRIPT', 'FLUSH')
    expect(await Promise.all(['a', 'b', 'c', 'd'].map((key) => count([prefix + key], [])))).toEqual([2, 1, 1, 1])
  })

  test('a node that is killed and comes back holds what concerns it; nothing becomes a dead letter', async () => {
    // Those that are left give it up soon.
    const setTimeouts = async (ms: string): Promise<void> => {
      for (const n of [0, 2]) await cluster.send(n, 'CONFIG', 'SET', 'cluster-node-timeout', ms)
    }
    await setTimeouts('1000')
    undo.push(() => setTimeouts(NODE_TIMEOUT_MS))
    const running = await setUp(cluster.url, undo)
    await until(running.isWhole, { ...LIMIT, what: 'the start' })
    await loadAll(running, async () => {
      await cluster.nodes[1]?.kill()
      // Long enough for the others to declare it dead (CLUSTERDOWN), not only for connections to be refused.
      await until(async () => String(await cluster.send(0, 'CLUSTER', 'INFO')).includes('cluster_state:fail'), {
        ...LIMIT,
        what: 'the cluster to be down',
      })
      await cluster.nodes[1]?.start()
    })
    await expectEqualToModel(running)
    await expectNoLetters(running)
  }, 120_000)

  test('slots that move to another node are followed; nothing becomes a dead letter', async () => {
    const running = await setUp(cluster.url, undo)
    await until(running.isWhole, { ...LIMIT, what: 'the start' })
    const slot = String(await cluster.send(0, 'CLUSTER', 'KEYSLOT', batchKeys('', batchId('batch-1')).meta))
    const ids = await Promise.all([0, 1, 2].map(async (n) => String(await cluster.send(n, 'CLUSTER', 'MYID'))))
    const table = String(await cluster.send(0, 'CLUSTER', 'NODES'))
    const holds = (id: string) =>
      table.split('\n').some((line) => {
        const [low = 0, high = -1] = (line.startsWith(id) ? (line.trim().split(' ').at(-1) ?? '') : '')
          .split('-')
          .map(Number)
        return Number(slot) >= low && Number(slot) <= high
      })
    const source = ids.findIndex(holds)
    const target = (source + 1) % ids.length
    await loadAll(running, async () => {
      await cluster.send(target, 'CLUSTER', 'SETSLOT', slot, 'IMPORTING', ids[source] ?? '')
      await cluster.send(source, 'CLUSTER', 'SETSLOT', slot, 'MIGRATING', ids[target] ?? '')
      const port = new URL(cluster.nodes[target]?.address ?? '').port
      const keys = async () => {
        const found = await cluster.send(source, 'CLUSTER', 'GETKEYSINSLOT', slot, '1000')
        return Array.isArray(found) ? found.map(String) : []
      }
      // Key by key: meanwhile the keys of one batch stand on two nodes, which a script meets as TRYAGAIN.
      for (let batch = await keys(); batch.length > 0; batch = await keys())
        for (const key of batch) await cluster.send(source, 'MIGRATE', '127.0.0.1', port, key, '0', '5000')
      for (const n of [target, source, (source + 2) % 3])
        await cluster.send(n, 'CLUSTER', 'SETSLOT', slot, 'NODE', ids[target] ?? '')
    })
    await expectEqualToModel(running)
    await expectNoLetters(running)
  }, 120_000)
})
