import { afterEach, expect, test } from 'bun:test'
import { RedisClient as Admin } from 'bun'
import { projectRecord } from '../../conductor/projections/index.ts'
import { FACTS_GROUP } from '../../conductor/service.ts'
import type { Snapshot } from '../../conductor/state/port.ts'
import { createRedisBatchStore } from '../../conductor/state/redis.ts'
import { TOPICS } from '../../shared/contracts/topics.ts'
import { type BatchId, batchId } from '../../shared/ids.ts'
import { createEmbeddedLog } from '../../shared/log/embedded/log.ts'
import type { LogRecord, OutgoingMessage, Position } from '../../shared/log/port.ts'
import { topicSpecs } from '../../shared/log/topic-specs.ts'
import { createRedisMarkers } from '../../shared/store/marker/redis.ts'
import { createRedisClient } from '../../shared/store/redis/client.ts'
import { installEngines } from '../engines/install.ts'
import { createRedisNode } from '../engines/redis.ts'
import { describeRedis } from '../support/engines.ts'
import { silent } from '../support/silent.ts'
import { createSwitchboard } from '../support/switchboard.ts'
import { until } from '../support/until.ts'
import { embeddedLetters } from './dead-letters/support.ts'
import { provisioned, registered, spellchecked } from './messages.ts'
import { type Conductor, conductorOf, define } from './running.ts'
import { embeddedStore } from './state/support.ts'
import { catalog } from './support.ts'

const ESSAYS = ['e1', 'e2', 'e3', 'e4', 'e5']
const BATCHES = Array.from({ length: 60 }, (_, n) => batchId(`batch-${n}`))

const undo: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step()
})

/** A node of the test's own: it is flushed, cut off and killed. */
const ownRedis = async (args: readonly string[] = []) => {
  const node = await createRedisNode(await installEngines(() => {}), { args })
  undo.push(() => node.dispose())
  await node.start()
  const admin = new Admin(node.address)
  undo.push(() => admin.close())
  return { node, admin, port: Number(new URL(node.address).port) }
}

const LIMIT = { timeoutMs: 30_000 }

/** Two conductors on one log, with their state in a Redis of the test's own. */
const setUp = async (port: number) => {
  const log = createEmbeddedLog({ path: ':memory:', logger: silent })
  undo.push(() => log.close())
  const topics = Object.values(TOPICS)
  await log.ensureTopics(topicSpecs({ topics, partitions: 3, stateExpiryMs: 86_400_000, maxBatchEssays: 100 }))
  const model = embeddedStore()
  const stores = Array.from({ length: 2 }, () => {
    const redis = createRedisClient({ url: `redis://127.0.0.1:${port}`, connectionName: 'test', logger: silent })
    undo.push(() => redis.close())
    return { store: createRedisBatchStore({ redis, group: FACTS_GROUP }), markers: createRedisMarkers({ redis }) }
  })
  const conductors: Conductor[] = []
  for (const { store, markers } of stores) {
    const one = conductorOf({ log, store, markers, deadLetters: embeddedLetters().store })
    undo.push(() => one.stop())
    await one.start()
    conductors.push(one)
  }
  const [one] = conductors
  const [at] = stores
  if (!one || !at) throw new Error('two were started')

  /** Publishes, and lets the model hear the same. */
  const publish = async (messages: readonly OutgoingMessage[]): Promise<readonly Position[]> => {
    const positions = await log.publish(messages)
    for (const [i, { topic, key, value, headers }] of messages.entries()) {
      const bytes = (text: string | Uint8Array) => (typeof text === 'string' ? new TextEncoder().encode(text) : text)
      const place = positions[i] ?? { partition: 0, offset: 0 }
      const record: LogRecord = {
        ...place,
        topic,
        key: bytes(key ?? ''),
        value: bytes(value),
        headers,
        timestamp: Date.now(),
      }
      const { batchId: id, event } = projectRecord(record, {
        producesText: (phase) => catalog.phases.get(phase)?.producesText ?? false,
      })
      if (id) await model.store.apply([{ batchId: id, events: [event] }])
    }
    return positions
  }
  const isWhole = async () =>
    (await Promise.all(conductors.map(async (each) => (await each.app.request('/readyz')).text()))).every(
      (text) => text.includes('"ready"') && !text.includes('catching up') && !text.includes('not written'),
    )
  return { log, model, publish, one, conductors, store: at.store, isWhole }
}
type Running = Awaited<ReturnType<typeof setUp>>

/** Facts as they stand, without revisions: these belong to the store. */
const factsOf = ({ registration, content, tally, essays }: Snapshot) => ({ registration, content, tally, essays })

const expectEqualToModel = async ({ store, model }: Running) => {
  for (const id of BATCHES) {
    const [found, wanted] = await Promise.all([store, model.store].map((each) => each.read(id, { essays: 100 })))
    if (!found || !wanted) throw new Error('both were read')
    expect(factsOf(found)).toEqual(factsOf(wanted))
  }
}

/** The whole load of a batch in some fetches; asks for a plan after each and holds it against the model's facts. */
const load = async (running: Running, id: BatchId, plans: { asked: number; refused: number }) => {
  const after: Position[] = []
  const steps = [
    [spellchecked(id, 'e2'), registered(id, ESSAYS)],
    [provisioned(id, ESSAYS), spellchecked(id, 'e1')],
    [spellchecked(id, 'e3'), spellchecked(id, 'e4')],
  ]
  for (const [n, messages] of steps.entries()) {
    after.push(...(await running.publish(messages)))
    plans.asked += 1
    const plan = await define(running.one, id, after).catch((thrown: unknown) => {
      // Only a store that is away or not complete may refuse.
      expect(String(thrown)).toMatch(/CATCHING_UP|SERVICE_UNAVAILABLE/)
      plans.refused += 1
    })
    if (plan) expect(plan.plan[0]).toMatchObject({ phase: 'spellcheck', counts: { succeeded: [1, 2, 4][n] } })
  }
}

const loadAll = async (running: Running, half: () => Promise<void>) => {
  const plans = { asked: 0, refused: 0 }
  const middle = BATCHES.length / 2
  const broken = Promise.withResolvers<void>()
  const queue = [...BATCHES.entries()]
  const worker = async () => {
    for (let next = queue.shift(); next; next = queue.shift()) {
      const [n, id] = next
      if (n === middle) half().then(broken.resolve, broken.reject)
      await load(running, id, plans)
    }
  }
  await Promise.all([worker(), worker(), worker(), worker(), broken.promise])
  await until(running.isWhole, { ...LIMIT, what: 'every bucket to be complete' })
  return plans
}

describeRedis('a Redis that loses its writes', () => {
  test('by FLUSHALL in the middle of a load is filled again by itself, and no plan rests on half the facts', async () => {
    const { admin, port } = await ownRedis()
    const running = await setUp(port)
    await until(running.isWhole, { ...LIMIT, what: 'the start' })
    const plans = await loadAll(running, async () => void (await admin.send('FLUSHALL', [])))
    expect(plans.refused).toBeLessThan(plans.asked)
    await expectEqualToModel(running)
  }, 60_000)

  test('by a failover to a replica that lags is filled again by itself, and no plan rests on half the facts', async () => {
    const master = await ownRedis()
    const replica = await ownRedis(['--replicaof', '127.0.0.1', String(master.port)])
    await until(
      async () => String(await replica.admin.send('INFO', ['replication'])).includes('master_link_status:up'),
      {
        ...LIMIT,
        what: 'the replica to follow',
      },
    )
    const board = await createSwitchboard(master.port)
    undo.push(() => board.close())
    const running = await setUp(board.port)
    await until(running.isWhole, { ...LIMIT, what: 'the start' })
    const acknowledged = () =>
      master.admin.send('INFO', ['replication']).then((text) => /master_repl_offset:(\d+)/.exec(String(text))?.[1])

    const plans = await loadAll(running, async () => {
      // From here on the replica lags; what follows is acknowledged by the master alone, and lost.
      await replica.admin.send('REPLICAOF', ['NO', 'ONE'])
      const before = Number(await acknowledged())
      await until(async () => Number(await acknowledged()) > before + 10_000, { ...LIMIT, what: 'writes to be lost' })
      board.connect(replica.port)
      await master.node.kill()
    })
    expect(plans.refused).toBeLessThan(plans.asked)
    await expectEqualToModel(running)
  }, 60_000)

  test('while nobody projects is filled again when they are back', async () => {
    const { admin, port } = await ownRedis()
    const running = await setUp(port)
    for (const id of BATCHES.slice(0, 5)) await running.publish([registered(id, ESSAYS), provisioned(id, ESSAYS)])
    await until(running.isWhole, { ...LIMIT, what: 'the load' })
    for (const one of running.conductors) await one.stop()
    await admin.send('FLUSHALL', [])
    const redis = createRedisClient({ url: `redis://127.0.0.1:${port}`, connectionName: 'test', logger: silent })
    undo.push(() => redis.close())
    const store = createRedisBatchStore({ redis, group: FACTS_GROUP })
    await expect(store.read(batchId('batch-0'), {})).rejects.toThrow('catching up')
    const next = conductorOf({
      log: running.log,
      store,
      markers: createRedisMarkers({ redis }),
      deadLetters: embeddedLetters().store,
    })
    undo.push(() => next.stop())
    await next.start()
    await until(async () => factsOf(await store.read(batchId('batch-4'), {})).tally.length > 0, {
      ...LIMIT,
      what: 'the facts to be back',
    })
    await expectEqualToModel({ ...running, store })
  }, 60_000)
})
