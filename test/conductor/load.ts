import { expect } from 'bun:test'
import { LETTERS_GROUP } from '../../conductor/dead-letters/consumer.ts'
import { createRedisDeadLetters } from '../../conductor/dead-letters/redis.ts'
import { projectRecord } from '../../conductor/projections/index.ts'
import { FACTS_GROUP } from '../../conductor/service.ts'
import type { Snapshot } from '../../conductor/state/port.ts'
import { createRedisBatchStore } from '../../conductor/state/redis.ts'
import { TOPICS } from '../../shared/contracts/topics.ts'
import { type BatchId, batchId } from '../../shared/ids.ts'
import { createEmbeddedLog } from '../../shared/log/embedded/log.ts'
import type { EventLog, OutgoingMessage, Position } from '../../shared/log/port.ts'
import { topicSpecs } from '../../shared/log/topic-specs.ts'
import { createRedisMarkers } from '../../shared/store/marker/redis.ts'
import { createRedisClient } from '../../shared/store/redis/client.ts'
import { uniquePrefix } from '../support/engines.ts'
import { silent } from '../support/silent.ts'
import { until } from '../support/until.ts'
import { provisioned, registered, spellchecked } from './messages.ts'
import { type Conductor, conductorOf, define } from './running.ts'
import { embeddedStore, type TestStore } from './state/support.ts'
import { catalog } from './support.ts'

/** Steps that undo what a test built, the last first. */
export type Undo = (() => Promise<void> | void)[]

export const ESSAYS = ['e1', 'e2', 'e3', 'e4', 'e5']
/** Ids are any text; those of odd ones would scatter over a Cluster if they stood in a hash tag. */
export const BATCHES = Array.from({ length: 30 }, (_, n) => batchId(n % 7 === 3 ? `}x${n}{` : `batch-${n}`))

export const LIMIT = { timeoutMs: 30_000 }

/** Publishes, and lets a model hear the same. */
export const publisherTo =
  (log: Pick<EventLog, 'publish'>, { store }: Pick<TestStore, 'store'>) =>
  async (messages: readonly OutgoingMessage[]): Promise<readonly Position[]> => {
    const positions = await log.publish(messages, { timeoutMs: 30_000 })
    for (const [i, { topic, key, value, headers }] of messages.entries()) {
      const bytes = (text: string | Uint8Array) => (typeof text === 'string' ? new TextEncoder().encode(text) : text)
      const place = positions[i] ?? { partition: 0, offset: 0 }
      const record = { ...place, topic, key: bytes(key ?? ''), value: bytes(value), headers, timestamp: Date.now() }
      const { batchId: id, event } = projectRecord(record, {
        producesText: (phase) => catalog.phases.get(phase)?.producesText ?? false,
      })
      if (id) await store.apply([{ batchId: id, events: [event] }])
    }
    return positions
  }

/** Two conductors on one log, with their state in a Redis of the test's own. */
export const setUp = async (url: string, undo: Undo) => {
  const log = createEmbeddedLog({ path: ':memory:', logger: silent })
  undo.push(() => log.close())
  const topics = Object.values(TOPICS)
  await log.ensureTopics(topicSpecs({ topics, partitions: 3, stateExpiryMs: 86_400_000, maxBatchEssays: 100 }))
  const model = embeddedStore()
  const prefix = uniquePrefix()
  const stores = Array.from({ length: 2 }, () => {
    const redis = createRedisClient({ url, connectionName: 'test', logger: silent })
    undo.push(() => redis.close())
    return {
      store: createRedisBatchStore({ redis, prefix, group: FACTS_GROUP }),
      markers: createRedisMarkers({ redis, prefix }),
      deadLetters: createRedisDeadLetters({ redis, prefix, group: LETTERS_GROUP, retentionMs: 86_400_000 }),
    }
  })
  const conductors: Conductor[] = []
  for (const parts of stores) {
    const one = conductorOf({ log, ...parts })
    undo.push(() => one.stop())
    await one.start()
    conductors.push(one)
  }
  const [one] = conductors
  const [at] = stores
  if (!one || !at) throw new Error('two were started')

  const publish = publisherTo(log, model)
  const isWhole = async () => {
    const answers = await Promise.all(conductors.map(({ app }) => app.request('/readyz')))
    const texts = await Promise.all(answers.map((answer) => answer.text()))
    return (
      answers.every(({ ok }) => ok) &&
      !texts.some((text) => text.includes('catching up') || text.includes('not written'))
    )
  }
  return { log, prefix, model, publish, one, conductors, store: at.store, isWhole }
}
export type Running = Awaited<ReturnType<typeof setUp>>

/** Facts as they stand, without revisions: these belong to the store. */
export const factsOf = ({ registration, content, tally, essays }: Snapshot) => ({
  registration,
  content,
  tally,
  essays,
})

export const expectEqualToModel = async ({ store, model }: Pick<Running, 'store' | 'model'>) => {
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

/** Loads all batches by several workers; `half` is done in the middle of it. Resolves once every bucket is complete. */
export const loadAll = async (running: Running, half: () => Promise<void>) => {
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
