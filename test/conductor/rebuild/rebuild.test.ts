import { afterAll, afterEach, describe, expect, test } from 'bun:test'
import type { ArchiveStore } from '../../../conductor/archive/port.ts'
import { createEmbeddedOwnedIndex } from '../../../conductor/owned/embedded.ts'
import { ownedOf } from '../../../conductor/owned/facts.ts'
import type { OwnedIndex, Owner } from '../../../conductor/owned/port.ts'
import { createRedisOwnedIndex } from '../../../conductor/owned/redis.ts'
import { PROJECTED_TOPICS, projectRecord } from '../../../conductor/projections/index.ts'
import { createEmbeddedListing, createRedisListing, type Listing } from '../../../conductor/rebuild/listing.ts'
import { rebuild } from '../../../conductor/rebuild/rebuild.ts'
import { createEmbeddedRemove, createRedisRemove, type RemoveBatch } from '../../../conductor/rebuild/remove.ts'
import { createEmbeddedReplace, createRedisReplace, type ReplaceBatch } from '../../../conductor/rebuild/replace.ts'
import { createEmbeddedBatchStore } from '../../../conductor/state/embedded.ts'
import { batchRegistered, essaySucceeded } from '../../../conductor/state/facts.ts'
import type { BatchStore } from '../../../conductor/state/port.ts'
import { type WholeBatch, wholeBatch } from '../../../conductor/state/whole-batch.ts'
import { type BatchId, batchId, essayId } from '../../../shared/ids.ts'
import { createEmbeddedLog } from '../../../shared/log/embedded/log.ts'
import { createKafkaLog } from '../../../shared/log/kafka/log.ts'
import type { EventLog, OutgoingMessage } from '../../../shared/log/port.ts'
import { topicSpecs } from '../../../shared/log/topic-specs.ts'
import type { RedisClient } from '../../../shared/store/redis/client.ts'
import { openDatabase } from '../../../shared/store/sqlite.ts'
import { delivered } from '../../support/delivered.ts'
import { describeEngines, describeRedis, uniquePrefix } from '../../support/engines.ts'
import { silent } from '../../support/silent.ts'
import { AT, provisioned, registered, spellchecked } from '../messages.ts'
import {
  changeOf,
  embeddedStore,
  eventOf,
  GROUP,
  NOW,
  origin,
  redisForTests,
  redisStore,
  registration,
} from '../state/support.ts'
import { catalog } from '../support.ts'

interface Parts {
  readonly log: EventLog
  readonly store: BatchStore
  readonly replace: ReplaceBatch
  readonly remove: RemoveBatch
  readonly listing: Listing
  readonly owned: OwnedIndex
}

const undo: (() => unknown)[] = []
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step()
})

const [A, B] = [batchId('}x'), batchId('b-2')]
const ALL = [
  registered(A, ['e1', 'e2']),
  provisioned(A, ['e1', 'e2']),
  spellchecked(A, 'e1'),
  // Of an essay that nobody registered, and of a batch that nobody did.
  spellchecked(A, 'e9'),
  registered(
    B,
    Array.from({ length: 30 }, (_, n) => `e${n}`),
  ),
  provisioned(batchId('b-3'), ['e1']),
]

const register = batchRegistered(registration(), [essayId('e1')], origin(1))

/** A log and the live state that follows from it. */
const projectedOn = (create: () => Promise<Parts>) => {
  return async function projected() {
    const parts = await create()
    undo.push(() => parts.log.close())
    await parts.log.ensureTopics(
      topicSpecs({ topics: PROJECTED_TOPICS, partitions: 2, stateExpiryMs: 86_400_000, maxBatchEssays: 100 }),
    )
    const broken: OutgoingMessage = { topic: PROJECTED_TOPICS[0] ?? '', key: A, value: 'no json', headers: {} }
    await parts.log.publish([broken])
    const positions = await parts.log.publish(ALL)
    for (const [i, message] of ALL.entries()) {
      const record = delivered(message, { timestamp: AT, ...positions[i] })
      const { batchId: id, event } = projectRecord(record, { producesText: (phase) => phase === 'spellcheck' })
      if (id === null) continue
      const change = { batchId: id, events: [event] }
      await Promise.all([parts.store.apply([change]), parts.owned.add(ownedOf([change]))])
    }
    const lines: string[] = []
    const run = (
      options: { readonly only?: BatchId; readonly apply: boolean },
      archive?: Pick<ArchiveStore, 'read'>,
    ) => {
      lines.length = 0
      const deps = { ...parts, archive, catalog, sleep: (ms: number) => Bun.sleep(ms), shadowPath: ':memory:' }
      return rebuild({ ...deps, print: (line) => void lines.push(line) }, options)
    }
    const placeOf = (i: number) => `${positions[i]?.topic}|${positions[i]?.partition}`
    const state = (id: BatchId) => wholeBatch(parts.store, id)
    const named = async (id: BatchId) => (await parts.store.read(id, { named: 5 })).named
    return { ...parts, run, lines, placeOf, state, named }
  }
}

/** A write that the log knows nothing of, at a place that it knows or at one that it does not have yet. */
const damage = (store: BatchStore, id: BatchId, essay: string, partition: string) =>
  store.apply([changeOf(id, eventOf([essaySucceeded(essayId(essay), 'nlp', origin(AT), null)], 0, partition))])

const contract = (create: () => Promise<Parts>): void => {
  const projected = projectedOn(create)

  test('state that follows from the log has no differences', async () => {
    const { run, lines } = await projected()
    expect(await run({ apply: true })).toEqual({
      batches: 3,
      different: 0,
      replaced: 0,
      undecided: 0,
      expired: 0,
      owners: 0,
    })
    expect(lines[0]).toBe('7 records read, 1 of them dead letters')
  }, 30_000)

  test('what differs is printed field by field, and nothing is changed unasked', async () => {
    const { run, lines, state, store, placeOf } = await projected()
    await damage(store, B, 'e7', placeOf(4))
    const damaged = await state(B)
    expect(await run({ apply: false })).toEqual({
      batches: 3,
      different: 1,
      replaced: 0,
      undecided: 0,
      expired: 0,
      owners: 0,
    })
    expect(lines).toContain('  essays.e7.phases.nlp.outcome: log nothing, state "succeeded"')
    expect(lines).toContain('  tally.[false]: log 30, state 29')
    expect(lines.at(-1)).toContain('--apply')
    expect(await state(B)).toEqual(damaged)
    expect(await run({ apply: false, only: A })).toMatchObject({ batches: 1, different: 0 })
  }, 30_000)

  test('a batch that is replaced is what the log says, whole, and its revision grows', async () => {
    const { run, lines, state, named, store, placeOf } = await projected()
    const sound = [await state(A), await state(B)]
    const soundlyNamed = [await named(A), await named(B)]
    await damage(store, A, 'e1', placeOf(0))
    await damage(store, B, 'e7', placeOf(4))
    const damaged = await state(A)
    expect(await run({ apply: true, only: A })).toEqual({
      batches: 1,
      different: 1,
      replaced: 1,
      undecided: 0,
      expired: 0,
      owners: 0,
    })
    expect(await run({ apply: true })).toEqual({
      batches: 3,
      different: 1,
      replaced: 1,
      undecided: 0,
      expired: 0,
      owners: 0,
    })
    for (const [i, id] of [A, B].entries()) expect(contentOf(await state(id))).toEqual(contentOf(sound[i]))
    expect([await named(A), await named(B)]).toEqual(soundlyNamed)
    expect(Number((await state(A)).snapshot.revision)).toBeGreaterThan(Number(damaged.snapshot.revision))
    expect(await run({ apply: true })).toMatchObject({ different: 0 })
    // What was known of an essay that nobody registered is there again, too.
    await store.apply([changeOf(A, eventOf([batchRegistered(registration(), [essayId('e9')], origin(1))]))])
    expect((await state(A)).essays.map(({ text }) => text)).toEqual(['corrected e9'])
    expect(lines).not.toEqual([])
  }, 30_000)

  test('a batch that has moved on meanwhile stays as it is', async () => {
    const { run, lines, state, store } = await projected()
    await damage(store, B, 'e7', 'a place that the log does not have yet|0')
    const ahead = await state(B)
    expect(await run({ apply: true })).toEqual({
      batches: 3,
      different: 1,
      replaced: 0,
      undecided: 1,
      expired: 0,
      owners: 0,
    })
    expect(lines).toContain('  not replaced: it has moved on meanwhile, run this again')
    expect(await state(B)).toEqual(ahead)
  }, 30_000)
}

/** What is mended beyond batches of the log: on any log, so that it is not read from Kafka many times over. */
const repairs = (create: () => Promise<Parts>): void => {
  const projected = projectedOn(create)

  test('a batch that only the state knows is shown, and goes when the log has all that it rests on', async () => {
    const { run, lines, state, store, placeOf } = await projected()
    const ghost = batchId('ghost')
    await store.apply([changeOf(ghost, eventOf([register], 0, placeOf(0)))])
    expect(await run({ apply: false })).toMatchObject({ batches: 4, different: 1, replaced: 0 })
    expect(lines).toContain(`  registration.userId: log nothing, state "teacher-1"`)
    expect(lines.some((line) => line.startsWith('ghost:') && line.endsWith('the log says nothing of it'))).toBe(true)
    expect(await run({ apply: true, only: ghost })).toMatchObject({ batches: 1, different: 1, replaced: 1 })
    expect((await state(ghost)).snapshot.revision).toBe('0')
    expect(await run({ apply: true })).toMatchObject({ batches: 3, different: 0 })
    expect(await run({ apply: true, only: ghost })).toMatchObject({ batches: 0, different: 0 })
  }, 30_000)

  test.each([
    ['a place that the log does not have|0', 0],
    ['', 1_000],
  ] as const)(
    'one that rests on what the log does not have stays: at %p, offset %p',
    async (place, offset) => {
      const { run, lines, state, store, placeOf } = await projected()
      const old = batchId('old')
      await store.apply([changeOf(old, eventOf([register], offset, place || placeOf(0)))])
      const before = await state(old)
      expect(await run({ apply: true })).toMatchObject({ batches: 4, different: 1, replaced: 0, undecided: 1 })
      expect(lines).toContain('  not removed: the log does not have all that it rests on')
      expect(await state(old)).toEqual(before)
    },
    30_000,
  )

  test('a batch whose state has expired is in the archive, and is left there', async () => {
    const { run, state, store } = await projected()
    const { snapshot } = await state(A)
    await store.settle(A, { revision: snapshot.revision, archived: true, expiresMs: -1e15 })
    expect((await state(A)).snapshot.revision).toBe('0')
    const archive = { read: async (id: BatchId) => (id === A ? snapshot : undefined) }
    expect(await run({ apply: true }, archive)).toMatchObject({ batches: 3, different: 0, expired: 1, owners: 0 })
    // Without the archive it looks as if it were lost, and comes back.
    expect(await run({ apply: true })).toMatchObject({ different: 1, replaced: 1, expired: 0 })
    expect(contentOf(await state(A))?.essays).toHaveLength(2)
  }, 30_000)

  test('what is replaced does not expire, and is archived anew in the place of what was', async () => {
    const { run, state, store, placeOf } = await projected()
    await damage(store, B, 'e7', placeOf(4))
    const { revision } = (await state(B)).snapshot
    await store.settle(B, { revision, archived: true, expiresMs: 1e12 })
    await run({ apply: true, only: B })
    expect((await state(B)).snapshot.archived).toBe(revision)
    expect(await store.unsettled({ quietMs: -1e12, leaseMs: 0, limit: 100 })).toContain(B)
  }, 30_000)

  test('the index of owners is compared with the registrations, and mended', async () => {
    const { run, lines, owned } = await projected()
    const ada: Owner = { kind: 'user', id: 'teacher-1' }
    const nobody: Owner = { kind: 'org', id: 'nobody' }
    const { batches } = await owned.list(ada, { cursor: null, count: 10 })
    const stale = { batchId: batchId('gone'), registeredAt: 5, owner: nobody }
    await owned.remove(batches.filter(({ batchId: id }) => id === B).map((entry) => ({ ...entry, owner: ada })))
    await owned.add([stale, ...batches.map((entry) => ({ ...entry, registeredAt: 7, owner: ada }))])
    expect(await run({ apply: false })).toMatchObject({ different: 0, owners: 4 })
    expect(lines.filter((line) => line.startsWith('owners:')).sort()).toEqual([
      'owners: org:nobody should not have gone',
      'owners: user:teacher-1 lacks b-2',
      `owners: user:teacher-1 should not have b-2`,
      `owners: user:teacher-1 should not have }x`,
    ])
    expect(lines.at(-1)).toContain('--apply')
    expect(await run({ apply: true, only: A })).toMatchObject({ owners: 1 })
    expect(await run({ apply: true })).toMatchObject({ owners: 3 })
    expect(await run({ apply: true })).toMatchObject({ owners: 0 })
    const sorted = (page: typeof batches) => page.map(({ batchId: id }) => String(id)).sort()
    expect(sorted((await owned.list(ada, { cursor: null, count: 10 })).batches)).toEqual(sorted(batches))
    expect(await owned.count(nobody)).toBe(0)
  }, 30_000)
}

/** Without what says when. */
const contentOf = (batch: WholeBatch | undefined) =>
  batch && { ...batch, snapshot: { ...batch.snapshot, revision: '', factsRevision: '' } }

const onFiles = async (): Promise<Parts> => {
  const db = openDatabase(':memory:')
  const { markers } = embeddedStore()
  const clock = () => NOW
  return {
    // The stores make the tables.
    store: createEmbeddedBatchStore({ db, markers, group: GROUP, clock }),
    owned: createEmbeddedOwnedIndex(db),
    listing: createEmbeddedListing(db),
    remove: createEmbeddedRemove(db),
    log: createEmbeddedLog({ path: ':memory:', logger: silent }),
    replace: createEmbeddedReplace(db, clock),
  }
}
const onRedis = (redis: RedisClient, prefix: string, log: EventLog): Parts => ({
  log,
  store: redisStore(redis, prefix).store,
  replace: createRedisReplace({ redis, prefix }),
  remove: createRedisRemove({ redis, prefix }),
  listing: createRedisListing(redis, prefix),
  owned: createRedisOwnedIndex({ redis, prefix }),
})

describe('on the embedded engines', () => {
  contract(onFiles)
  repairs(onFiles)
})

describeRedis('on Redis', (url) => {
  const redis = redisForTests(url)
  afterAll(() => redis.close())
  repairs(async () => onRedis(redis, uniquePrefix(), createEmbeddedLog({ path: ':memory:', logger: silent })))
})

describeEngines('on Kafka and Redis', ({ brokers, redisUrl }) => {
  const redis = redisForTests(redisUrl)
  afterAll(() => redis.close())
  contract(async () => {
    const prefix = uniquePrefix()
    return onRedis(
      redis,
      prefix,
      createKafkaLog({ brokers, clientId: 'test', logger: silent, prefix, replicationFactor: 1 }),
    )
  })
})
