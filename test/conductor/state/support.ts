import { Database } from 'bun:sqlite'
import { FACTS_GROUP } from '../../../conductor/service.ts'
import { createEmbeddedBatchStore } from '../../../conductor/state/embedded.ts'
import type { BatchChange, EventFacts, Fact, Origin } from '../../../conductor/state/facts.ts'
import type { BatchStore } from '../../../conductor/state/port.ts'
import { createRedisBatchStore } from '../../../conductor/state/redis.ts'
import type { Registration } from '../../../conductor/state/registration.ts'
import { BUCKETS } from '../../../shared/buckets.ts'
import type { RunBook } from '../../../shared/contracts/run-book.ts'
import { type BatchId, derivedId, eventId } from '../../../shared/ids.ts'
import { createEmbeddedMarkers } from '../../../shared/store/marker/embedded.ts'
import type { MarkerStore } from '../../../shared/store/marker/port.ts'
import { createRedisMarkers } from '../../../shared/store/marker/redis.ts'
import { createRedisClient, type RedisClient } from '../../../shared/store/redis/client.ts'
import { silent } from '../../support/silent.ts'

/** A clock that a test sets, in microseconds since 1970. */
export interface TestClock {
  now: number
}

/** A store with its markers, on a clock of the test's. */
export interface TestStore {
  readonly store: BatchStore
  readonly markers: MarkerStore
  readonly clock: TestClock
}

export const GROUP = FACTS_GROUP
export const NOW = 1_795_496_612_641_301

/** With more patience than a service has: a test waits for its own answers, whatever the machine is busy with. */
export const redisForTests = (url: string): RedisClient =>
  createRedisClient({ url, connectionName: 'test', logger: silent, commandTimeoutMs: 15_000 })

const ALL_BUCKETS: readonly number[] = Array.from({ length: BUCKETS }, (_, bucket) => bucket)

/** Opens buckets for readers, as the keeper does once everything is applied. */
export const openForReaders = (markers: MarkerStore, buckets = ALL_BUCKETS, group = GROUP): void => {
  const move = { field: 'opened', expected: null, next: 0, writes: 0, caughtUp: true }
  const changes = buckets.map((bucket) => ({ bucket, moves: [move], required: ['opened'] }))
  // Calls of one connection keep their order: what a test does next comes after it.
  markers.keep(group, changes).catch(() => {})
}

export const embeddedStore = (buckets = ALL_BUCKETS): TestStore => {
  const clock = { now: NOW }
  const db = new Database(':memory:', { strict: true })
  const markers = createEmbeddedMarkers(db)
  openForReaders(markers, buckets)
  return { markers, clock, store: createEmbeddedBatchStore({ db, markers, group: GROUP, clock: () => clock.now }) }
}

export const redisStore = (redis: RedisClient, prefix: string, buckets = ALL_BUCKETS): TestStore => {
  const clock = { now: NOW }
  const markers = createRedisMarkers({ redis, prefix })
  const store = createRedisBatchStore({ redis, prefix, group: GROUP, clock: () => clock.now })
  openForReaders(markers, buckets)
  return { markers, clock, store }
}

/** Event number `n`, so many microseconds after the start of time. */
export const origin = (at: number, n = at): Origin => ({ at, eventId: eventId(derivedId('event', n)) })

export const registration = (over: Partial<Registration> = {}): Registration => ({
  userId: 'teacher-1',
  orgId: 'school-1',
  courseCode: 'ENG6',
  classId: null,
  expectedEssayCount: 2,
  studentPromptRef: null,
  registeredAt: 1_770_106_530_623,
  ...over,
})

export const bookOf = (batchId: BatchId, revision: string, over: Partial<RunBook> = {}): RunBook => ({
  batch_id: batchId,
  revision,
  user_id: 'teacher-1',
  org_id: null,
  content: 'ready',
  runs: [],
  requests: [],
  ...over,
})

export const eventOf = (facts: readonly Fact[], offset = 0, partition = 'outcomes|0'): EventFacts => ({
  partition,
  offset,
  facts,
})

export const changeOf = (batchId: BatchId, ...events: readonly EventFacts[]): BatchChange => ({ batchId, events })
