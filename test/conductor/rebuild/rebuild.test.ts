import { afterAll, afterEach, describe, expect, test } from 'bun:test'
import { PROJECTED_TOPICS, projectRecord } from '../../../conductor/projections/index.ts'
import { rebuild } from '../../../conductor/rebuild/rebuild.ts'
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
import { openDatabase } from '../../../shared/store/sqlite.ts'
import { delivered } from '../../support/delivered.ts'
import { describeEngines, uniquePrefix } from '../../support/engines.ts'
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

const contract = (create: () => Promise<Parts>): void => {
  /** A log and the live state that follows from it. */
  const projected = async () => {
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
      if (id !== null) await parts.store.apply([{ batchId: id, events: [event] }])
    }
    const lines: string[] = []
    const run = (options: { readonly only?: BatchId; readonly apply: boolean }) => {
      lines.length = 0
      const deps = { ...parts, catalog, sleep: (ms: number) => Bun.sleep(ms), shadowPath: ':memory:' }
      return rebuild({ ...deps, print: (line) => void lines.push(line) }, options)
    }
    const placeOf = (i: number) => `${positions[i]?.topic}|${positions[i]?.partition}`
    return { ...parts, run, lines, placeOf, state: (id: BatchId) => wholeBatch(parts.store, id) }
  }
  /** A write that the log knows nothing of, at a place that it knows or at one that it does not have yet. */
  const damage = (store: BatchStore, id: BatchId, essay: string, partition: string) =>
    store.apply([changeOf(id, eventOf([essaySucceeded(essayId(essay), 'nlp', origin(AT), null)], 0, partition))])

  test('state that follows from the log has no differences', async () => {
    const { run, lines } = await projected()
    expect(await run({ apply: true })).toEqual({ batches: 3, different: 0, replaced: 0, undecided: 0 })
    expect(lines[0]).toBe('7 records read, 1 of them dead letters')
  }, 30_000)

  test('what differs is printed field by field, and nothing is changed unasked', async () => {
    const { run, lines, state, store, placeOf } = await projected()
    await damage(store, B, 'e7', placeOf(4))
    const damaged = await state(B)
    expect(await run({ apply: false })).toEqual({ batches: 3, different: 1, replaced: 0, undecided: 0 })
    expect(lines).toContain('  essays.e7.phases.nlp.outcome: log nothing, state "succeeded"')
    expect(lines).toContain('  tally.[false]: log 30, state 29')
    expect(lines.at(-1)).toContain('--apply')
    expect(await state(B)).toEqual(damaged)
    expect(await run({ apply: false, only: A })).toMatchObject({ batches: 1, different: 0 })
  }, 30_000)

  test('a batch that is replaced is what the log says, whole, and its revision grows', async () => {
    const { run, lines, state, store, placeOf } = await projected()
    const sound = [await state(A), await state(B)]
    await damage(store, A, 'e1', placeOf(0))
    await damage(store, B, 'e7', placeOf(4))
    const damaged = await state(A)
    expect(await run({ apply: true, only: A })).toEqual({ batches: 1, different: 1, replaced: 1, undecided: 0 })
    expect(await run({ apply: true })).toEqual({ batches: 3, different: 1, replaced: 1, undecided: 0 })
    for (const [i, id] of [A, B].entries()) expect(contentOf(await state(id))).toEqual(contentOf(sound[i]))
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
    expect(await run({ apply: true })).toEqual({ batches: 3, different: 1, replaced: 0, undecided: 1 })
    expect(lines).toContain('  not replaced: it has moved on meanwhile, run this again')
    expect(await state(B)).toEqual(ahead)
  }, 30_000)
}

/** Without what says when. */
const contentOf = (batch: WholeBatch | undefined) =>
  batch && { ...batch, snapshot: { ...batch.snapshot, revision: '', factsRevision: '' } }

describe('on the embedded engines', () => {
  contract(async () => {
    const db = openDatabase(':memory:')
    const { markers } = embeddedStore()
    const clock = () => NOW
    return {
      log: createEmbeddedLog({ path: ':memory:', logger: silent }),
      store: createEmbeddedBatchStore({ db, markers, group: GROUP, clock }),
      replace: createEmbeddedReplace(db, clock),
    }
  })
})

describeEngines('on Kafka and Redis', ({ brokers, redisUrl }) => {
  const redis = redisForTests(redisUrl)
  afterAll(() => redis.close())
  contract(async () => {
    const prefix = uniquePrefix()
    return {
      log: createKafkaLog({ brokers, clientId: 'test', logger: silent, prefix, replicationFactor: 1 }),
      store: redisStore(redis, prefix).store,
      replace: createRedisReplace({ redis, prefix }),
    }
  })
})
