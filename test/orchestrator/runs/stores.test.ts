import { afterAll, describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { createEmbeddedRunStore } from '../../../orchestrator/runs/embedded.ts'
import { createRedisRunStore } from '../../../orchestrator/runs/redis.ts'
import { BUCKETS, bucketOf } from '../../../shared/buckets.ts'
import { batchId, randomId } from '../../../shared/ids.ts'
import { createRedisClient } from '../../../shared/store/redis/client.ts'
import { openDatabase } from '../../../shared/store/sqlite.ts'
import { describeRedis, uniquePrefix } from '../../support/engines.ts'
import { silent } from '../../support/silent.ts'
import { type Step, stepOf, take } from './histories.ts'
import { playOn, START } from './play.ts'

const ALL_BUCKETS = Array.from({ length: BUCKETS }, (_, bucket) => bucket)

/** More of them with `BATON_HISTORIES`; `bun run soak` plays many. */
const HISTORIES = Number(process.env['BATON_HISTORIES'] ?? 1_000)
const LIMIT_MS = 60_000 + 50 * HISTORIES
/** Histories that are under way in a Redis at the same time. */
const LANES = 40

/** A fixed value to start from, and a fresh one each time; a failure prints the one to repeat it with. */
const SEEDS = [42, Number(process.env['BATON_SEED'] ?? Date.now() % 1_000_000)]
const seen = new Map<string, number>()

describe('the embedded store', () => {
  test.each(SEEDS)(
    'does what the reducers do, and keeps its promises in every history (seed %p)',
    async (seed) => {
      const clock = { now: START }
      const store = createEmbeddedRunStore(openDatabase(':memory:'), { clock: () => clock.now })
      await playOn([{ store, clock }], { seed, count: HISTORIES, seen })
    },
    LIMIT_MS,
  )

  test.each(SEEDS)(
    'a repeat of any step changes nothing but says what is still to be said (seed %p)',
    async (seed) => {
      const clock = { now: START }
      const store = createEmbeddedRunStore(openDatabase(':memory:'), { clock: () => clock.now })
      const others: readonly Step['what'][] = ['ack', 'expire', 'flood', 'timeout', 'restore', 'pause', 'resume']
      const idempotent = stepOf.filter(({ what }) => !others.includes(what))
      await fc.assert(
        fc.asyncProperty(fc.array(idempotent, { minLength: 1, maxLength: 25 }), async (steps) => {
          const id = batchId(randomId())
          for (const [index, step] of steps.entries()) {
            clock.now += 1_000
            const now = Math.floor(clock.now / 1_000)
            const first = await take(store, id, step, index, now, undefined)
            if (first.reply === 'applied') continue
            const again = await take(store, id, step, index, now, undefined)
            expect(again.book).toEqual(first.book)
            expect(again.entries).toEqual(first.entries)
          }
        }),
        { seed, numRuns: HISTORIES },
      )
    },
    LIMIT_MS,
  )
})

describeRedis('the store in Redis', (url) => {
  const redis = createRedisClient({ url, connectionName: 'test', logger: silent })
  afterAll(() => redis.close())

  test.each(SEEDS)(
    'does what the reducers do, step by step (seed %p)',
    async (seed) => {
      const lanes = Array.from({ length: LANES }, () => {
        const clock = { now: START }
        return { clock, store: createRedisRunStore({ redis, prefix: uniquePrefix(), clock: () => clock.now }) }
      })
      for (const { store } of lanes) await store.revive(await store.restoring(ALL_BUCKETS))
      await playOn(lanes, { seed, count: HISTORIES, seen })
    },
    LIMIT_MS,
  )

  test("on Redis's own clock the revision is its microseconds, and only grows", async () => {
    const store = createRedisRunStore({ redis, prefix: uniquePrefix() })
    const id = batchId(randomId())
    await store.revive(await store.restoring(ALL_BUCKETS))
    const register = {
      cause: 'c',
      correlation_id: 'c',
      user_id: 'u',
      org_id: null,
      is_regular: false,
      registration: '{}',
    }
    const { book } = await store.register(id, register)
    expect(Math.abs(Number(book.revision) / 1_000 - Date.now())).toBeLessThan(60_000)
    expect(book.revision).toMatch(/^\d{16}$/)
  })

  test('a bucket is swept by one at a time', async () => {
    let now = START
    const store = createRedisRunStore({ redis, prefix: uniquePrefix(), clock: () => now })
    const id = batchId(randomId())
    const bucket = bucketOf(id)
    const none = { lost: false, timers: [] }
    expect(await store.due(bucket, 'one', 60_000, 10)).toEqual({ lost: true, timers: [] })
    await store.revive(await store.restoring([bucket]))
    await store.register(id, {
      cause: 'c',
      correlation_id: 'c',
      user_id: 'u',
      org_id: null,
      is_regular: false,
      registration: '{}',
    })
    expect(await store.due(bucket, 'one', 60_000, 10)).toEqual(none)
    now += 5_000_000
    expect(await store.due(bucket, 'two', 60_000, 10)).toEqual(none)
    expect(await store.due(bucket, 'one', 60_000, 10)).toEqual({
      lost: false,
      timers: [{ kind: 'outbox', batchId: id }],
    })
  })
})

test('the histories reach every answer and every end', () => {
  const reached = [
    'registered',
    'known',
    'plan',
    'waiting',
    'doubted',
    'refused',
    'decided',
    'started',
    'applied',
    'stale',
    'acknowledged',
    'unknown_batch',
    'behind',
    'cancelled',
    'nothing_active',
    'moved_on',
    'restored',
  ]
  const ends = [
    'run cancelled',
    'run processing',
    'run completed_successfully',
    'run completed_with_failures',
    'run failed',
  ]
  expect([...reached, ...ends].filter((name) => !seen.has(name))).toEqual([])
})
