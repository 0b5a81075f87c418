import { afterAll, describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { createEmbeddedRunStore } from '../../../orchestrator/runs/embedded.ts'
import type { RunStore, Transitioned } from '../../../orchestrator/runs/port.ts'
import { createRedisRunStore } from '../../../orchestrator/runs/redis.ts'
import { BUCKETS, bucketOf } from '../../../shared/buckets.ts'
import { batchId, randomId } from '../../../shared/ids.ts'
import { createRedisClient } from '../../../shared/store/redis/client.ts'
import { openDatabase } from '../../../shared/store/sqlite.ts'
import { describeRedis, uniquePrefix } from '../../support/engines.ts'
import { silent } from '../../support/silent.ts'
import { type Step, stepOf, take } from './histories.ts'

const ALL_BUCKETS = Array.from({ length: BUCKETS }, (_, bucket) => bucket)
const START = 1_795_496_612_641_300

/** Holds in every state, whatever has happened. */
const expectSound = ({ book, entries }: Transitioned, before: Transitioned | undefined): void => {
  if (before) expect(Number(book.revision)).toBeGreaterThanOrEqual(Number(before.book.revision))
  expect(entries.map(({ seq }) => seq)).toEqual([...book.outbox])
  expect(entries.filter(({ kind }) => kind === 'book').length).toBeLessThanOrEqual(1)
  // One active run a batch, and none beside a pending request (invariant 8).
  const active = book.runs.filter(({ status }) => status === 'processing')
  expect(active.length + (book.pending ? 1 : 0)).toBeLessThanOrEqual(1)
  for (const run of book.runs) {
    const open = run.phases.filter(({ status }) => status === 'running' || status === 'pending')
    // A run that has not ended waits for something, and one that has ended for nothing.
    if (run.status === 'processing')
      expect(run.phases.some(({ status, paused }) => status === 'running' || paused)).toBe(true)
    else expect(open).toEqual([])
    for (const phase of run.phases) {
      expect(phase.attempt).toBeLessThanOrEqual(phase.attempts)
      expect(phase.deadline_at !== null).toBe(phase.status === 'running')
      if (phase.paused) expect(phase.status).toBe('pending')
      if (phase.status === 'running') expect(phase.essay_ids.length).toBe(phase.total)
      if (phase.completed_at !== null && phase.attempt > 0) expect(phase.succeeded + phase.failed).toBe(phase.total)
    }
  }
}

const play = async (steps: readonly Step[], stores: readonly RunStore[], clock: { now: number }): Promise<void> => {
  const id = batchId(`}x-${randomId()}`)
  const lasts: (Transitioned | undefined)[] = stores.map(() => undefined)
  clock.now = START
  for (const [index, step] of steps.entries()) {
    clock.now += 1_000_000
    const answers = await Promise.all(
      stores.map((store, i) => take(store, id, step, index, Math.floor(clock.now / 1_000), lasts[i])),
    )
    const [first, ...others] = answers
    if (!first) throw new Error('no store')
    for (const other of others) expect(other).toEqual(first)
    expectSound(first, lasts[0])
    count(first.reply)
    for (const run of first.book.runs) count(`run ${run.status}`)
    for (const [i, answer] of answers.entries()) lasts[i] = answer
  }
  // Asked only where something was paused: it is a call to each of 256 buckets.
  if (steps.some(({ what }) => what === 'pause'))
    for (const store of stores) for (const phase of await store.paused()) await store.resume(phase)
  clock.now += 3_600_000_000
  const active = lasts[0]?.book.runs.at(-1)?.phases ?? []
  const running = active.some(({ status }) => status === 'running')
  const held = active.some(({ paused }) => paused)
  const waits = (lasts[0]?.book.pending ?? null) !== null
  const due = await Promise.all(stores.map((store) => store.due(bucketOf(id), 'me', 1_000, 1_000)))
  const ours = due.map(({ timers }) => timers.filter(({ batchId: owner }) => owner === id).map(({ kind }) => kind))
  for (const kinds of ours) {
    expect(kinds).toEqual(ours[0] ?? [])
    // What waits to be published has a timer, so a sweep finds it.
    // A request that is not decided has one, too: nobody needs to remember it.
    expect(kinds.includes('wait')).toBe(waits)
    expect(kinds.includes('deadline')).toBe(running)
    expect(kinds.includes('held')).toBe(held)
    expect(kinds.includes('outbox')).toBe((lasts[0]?.book.outbox.length ?? 0) > 0)
  }
}

/** More of them with `BATON_HISTORIES`; `bun run soak` plays many. */
const HISTORIES = Number(process.env['BATON_HISTORIES'] ?? 150)
const LIMIT_MS = 60_000 + 50 * HISTORIES

/** A fixed value to start from, and a fresh one each time; a failure prints the one to repeat it with. */
const SEEDS = [42, Number(process.env['BATON_SEED'] ?? Date.now() % 1_000_000)]
/** Half of them begin with a run under way, so that its middle and end are reached often. */
const histories = fc.oneof(
  fc.array(stepOf, { minLength: 1, maxLength: 40 }),
  fc
    .tuple(
      fc.integer({ min: 0, max: 3 }),
      fc.oneof({ weight: 4, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: fc.integer({ min: 0, max: 2 }) }),
      fc.array(stepOf, { minLength: 1, maxLength: 30 }),
    )
    .map(([plan, paused, steps]): Step[] => [
      { what: 'register', regular: false },
      { what: 'content', kind: 'ready', offset: 0 },
      { what: 'request', id: 0, user: 0, correlation: 0, late: false },
      ...(paused === null ? [] : [{ what: 'pause' as const, phase: paused }]),
      { what: 'start', id: 0, plan },
      ...steps,
      ...(paused === null ? [] : [{ what: 'resume' as const, phase: paused }]),
    ]),
)
const seen = new Map<string, number>()
const count = (name: string): void => void seen.set(name, (seen.get(name) ?? 0) + 1)

describe('the embedded store', () => {
  test.each(SEEDS)(
    'keeps its promises in every history (seed %p)',
    async (seed) => {
      const clock = { now: START }
      const store = createEmbeddedRunStore(openDatabase(':memory:'), { clock: () => clock.now })
      await fc.assert(
        fc.asyncProperty(histories, (steps) => play(steps, [store], clock)),
        { seed, numRuns: HISTORIES },
      )
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
      const clock = { now: START }
      const embedded = createEmbeddedRunStore(openDatabase(':memory:'), { clock: () => clock.now })
      const lua = createRedisRunStore({ redis, prefix: uniquePrefix(), clock: () => clock.now })
      await lua.revive(await lua.restoring(ALL_BUCKETS))
      await fc.assert(
        fc.asyncProperty(histories, (steps) => play(steps, [embedded, lua], clock)),
        { seed, numRuns: HISTORIES },
      )
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
