import { afterEach, expect, test } from 'bun:test'
import { RedisClient as Admin } from 'bun'
import { FACTS_GROUP } from '../../conductor/service.ts'
import { createRedisBatchStore } from '../../conductor/state/redis.ts'
import { batchId } from '../../shared/ids.ts'
import { createRedisMarkers } from '../../shared/store/marker/redis.ts'
import { createRedisClient } from '../../shared/store/redis/client.ts'
import { installEngines } from '../engines/install.ts'
import { createRedisNode } from '../engines/redis.ts'
import { createRedisFailover } from '../engines/redis-failover.ts'
import { describeRedis } from '../support/engines.ts'
import { silent } from '../support/silent.ts'
import { until } from '../support/until.ts'
import { embeddedLetters } from './dead-letters/support.ts'
import { BATCHES, ESSAYS, expectEqualToModel, factsOf, LIMIT, loadAll, setUp, type Undo } from './load.ts'
import { provisioned, registered } from './messages.ts'
import { conductorOf } from './running.ts'

const undo: Undo = []
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step()
})

/** A node of the test's own: it is flushed, cut off and killed. */
const ownRedis = async () => {
  const node = await createRedisNode(await installEngines(() => {}))
  undo.push(() => node.dispose())
  await node.start()
  const admin = new Admin(node.address)
  undo.push(() => admin.close())
  return { node, admin, port: Number(new URL(node.address).port) }
}

describeRedis('a Redis that loses its writes', () => {
  test('by FLUSHALL in the middle of a load is filled again by itself, and no plan rests on half the facts', async () => {
    const { admin, port } = await ownRedis()
    const running = await setUp(`redis://127.0.0.1:${port}`, undo)
    await until(running.isWhole, { ...LIMIT, what: 'the start' })
    const plans = await loadAll(running, async () => void (await admin.send('FLUSHALL', [])))
    expect(plans.refused).toBeLessThan(plans.asked)
    await expectEqualToModel(running)
  }, 120_000)

  test('by a failover to a replica that lags is filled again by itself, and no plan rests on half the facts', async () => {
    const failover = await createRedisFailover(await installEngines(() => {}))
    undo.push(() => failover.dispose())
    const running = await setUp(failover.url, undo)
    await until(running.isWhole, { ...LIMIT, what: 'the start' })

    const plans = await loadAll(running, async () => {
      await failover.lag()
      const before = await failover.acknowledged()
      await until(async () => (await failover.acknowledged()) > before + 5_000, { ...LIMIT, what: 'writes to be lost' })
      await failover.failOver()
    })
    expect(plans.refused).toBeLessThan(plans.asked)
    await expectEqualToModel(running)
  }, 120_000)

  test('while nobody projects is filled again when they are back', async () => {
    const { admin, port } = await ownRedis()
    const running = await setUp(`redis://127.0.0.1:${port}`, undo)
    for (const id of BATCHES.slice(0, 5)) await running.publish([registered(id, ESSAYS), provisioned(id, ESSAYS)])
    await until(running.isWhole, { ...LIMIT, what: 'the load' })
    for (const one of running.conductors) await one.stop()
    await admin.send('FLUSHALL', [])
    const redis = createRedisClient({ url: `redis://127.0.0.1:${port}`, connectionName: 'test', logger: silent })
    undo.push(() => redis.close())
    const store = createRedisBatchStore({ redis, prefix: running.prefix, group: FACTS_GROUP })
    await expect(store.read(batchId('batch-0'), {})).rejects.toThrow('catching up')
    const next = conductorOf({
      log: running.log,
      store,
      markers: createRedisMarkers({ redis, prefix: running.prefix }),
      deadLetters: embeddedLetters().store,
    })
    undo.push(() => next.stop())
    await next.start()
    await until(async () => factsOf(await store.read(batchId('batch-4'), {})).tally.length > 0, {
      ...LIMIT,
      what: 'the facts to be back',
    })
    await expectEqualToModel({ ...running, store })
  }, 120_000)
})
