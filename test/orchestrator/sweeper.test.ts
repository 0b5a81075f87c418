import { afterAll, describe, expect, test } from 'bun:test'
import { createOutboxPublisher } from '../../orchestrator/outbox.ts'
import type { RunStore } from '../../orchestrator/runs/port.ts'
import { createRedisRunStore } from '../../orchestrator/runs/redis.ts'
import { createSettle } from '../../orchestrator/settle.ts'
import { createSweeper } from '../../orchestrator/sweeper.ts'
import { bucketOf } from '../../shared/buckets.ts'
import { TOPICS } from '../../shared/contracts/topics.ts'
import { batchId, randomId } from '../../shared/ids.ts'
import { createRedisClient } from '../../shared/store/redis/client.ts'
import { describeRedis, uniquePrefix } from '../support/engines.ts'
import { recordingLogger, silent } from '../support/silent.ts'
import { until } from '../support/until.ts'
import {
  bookIn,
  content,
  json,
  NOW,
  outcome,
  phase,
  readyToPlan,
  recordingLog,
  register,
  render,
  request,
  runStore,
  setPaused,
  start,
} from './support.ts'

const ID = batchId('b-1')

const sweeping = (store: RunStore, owner = 'one', leaseMs = 1_000) => {
  const [log, logger] = [recordingLog(), recordingLogger()]
  const swept: number[] = []
  const lost: number[] = []
  const publish = createOutboxPublisher({ log, store, render, logger: silent })
  const sweeper = createSweeper({
    store,
    publish,
    settle: createSettle({
      store,
      publish,
      plan: async () => ({ decision: 'start', input: start() }),
      logger,
      metrics: { request() {}, commanded() {}, ended() {} },
    }),
    restore: async (buckets) => void lost.push(...buckets),
    pauses: { async apply() {} },
    logger,
    metrics: { swept: (count) => void swept.push(count) },
    owner,
    everyMs: 5,
    leaseMs,
  })
  return { sweeper, log, logger, swept, lost }
}

test('what a crash left unsaid is said once its time has come, and then nothing is left', async () => {
  const { store, clock } = runStore()
  await store.register(ID, register())
  const { sweeper, log, swept } = sweeping(store)
  await sweeper.sweep()
  expect(log.published).toEqual([])
  clock.now += 3_000_000
  await sweeper.sweep()
  expect(log.topics()).toEqual([TOPICS.runChanged, TOPICS.essaysRegistered])
  expect(swept).toEqual([2])
  await sweeper.sweep()
  expect(log.published.length).toBe(2)
})

test('while the log is away the sweep goes on with the next, and comes back', async () => {
  const { store, clock } = runStore()
  await store.register(ID, register())
  await store.register(batchId('b-2'), register())
  clock.now += 3_000_000
  const { sweeper, log, logger } = sweeping(store)
  log.failures.next = 1
  await sweeper.sweep()
  expect(log.published.length).toBe(2)
  expect(logger.lines).toMatchObject([{ level: 'warn', fields: { kind: 'outbox' } }])
  await sweeper.sweep()
  expect(log.published.length).toBe(4)
})

test('a request whose content does not come is refused when its time is over, not before', async () => {
  const { store, clock } = runStore()
  await store.register(ID, register())
  await store.request(ID, request({ wait_ms: 60_000 }))
  const { sweeper } = sweeping(store)
  clock.now = (NOW + 59_000) * 1_000
  await sweeper.sweep()
  expect((await bookIn(store)).requests).toMatchObject([{ verdict: 'waiting_for_content' }])
  clock.now = (NOW + 60_000) * 1_000
  await sweeper.sweep()
  expect((await bookIn(store)).requests).toMatchObject([{ verdict: 'refused', reason: 'content_timeout' }])
})

test('a request that nobody planned is planned', async () => {
  const { store, clock } = runStore()
  await store.register(ID, register())
  await store.content(ID, content())
  expect((await store.request(ID, request())).reply).toBe('plan')
  const { sweeper } = sweeping(store)
  clock.now += 60_000_000
  await sweeper.sweep()
  expect((await bookIn(store)).runs).toMatchObject([{ run_id: 'run-1', status: 'processing' }])
})

test('a timer that was read before its batch moved on ends nothing early', async () => {
  const { store, clock } = runStore()
  await store.register(ID, register())
  await store.request(ID, request({ wait_ms: 60_000 }))
  clock.now += 30_000_000
  expect((await store.expire(ID)).reply).toBe('waiting')
  expect((await bookIn(store)).requests).toMatchObject([{ verdict: 'waiting_for_content' }])
})

describe('an attempt whose deadline passes', () => {
  const running = async (over: Parameters<typeof phase>[0] = {}) => {
    const at = runStore()
    await readyToPlan(at.store, ID)
    const nlp = phase({ phase: 'nlp', depends_on: ['spellcheck'] })
    await at.store.start(ID, start({ phases: [phase({ timeout_ms: 10_000, ...over }), nlp] }))
    return { ...at, ...sweeping(at.store) }
  }

  test('has failed, and with it the run; before that nothing happens, and a late outcome is facts only', async () => {
    const { store, clock, sweeper, log } = await running()
    clock.now = (NOW + 9_999) * 1_000
    await sweeper.sweep()
    expect((await bookIn(store)).runs).toMatchObject([{ status: 'processing' }])
    clock.now = (NOW + 10_000) * 1_000
    await sweeper.sweep()
    expect((await bookIn(store)).runs).toMatchObject([
      {
        status: 'failed',
        failed_essay_count: 2,
        phases: [
          { status: 'failed', error: 'timed_out', deadline_at: null },
          { status: 'skipped_due_to_dependency_failure' },
        ],
      },
    ])
    expect(log.topics()).toContain(TOPICS.pipelineCompleted)
    expect((await store.outcome(ID, outcome())).reply).toBe('stale')
  })

  test('is commanded again where the phase allows it, with another id, and an answer to either ends it', async () => {
    const { store, clock, sweeper, log } = await running({ attempts: 2 })
    clock.now = (NOW + 3_000) * 1_000
    await sweeper.sweep()
    clock.now = (NOW + 10_000) * 1_000
    await sweeper.sweep()
    await sweeper.sweep()
    const commands = log.published.filter(({ topic }) => topic === TOPICS.spellcheckCommand).map(json)
    expect(commands.map(({ data }) => data.essays_to_process.length)).toEqual([2, 2])
    expect(commands[0].event_id).not.toBe(commands[1].event_id)
    expect((await bookIn(store)).runs).toMatchObject([{ phases: [{ status: 'running', attempt: 2 }, {}] }])
    expect((await store.outcome(ID, outcome())).reply).toBe('applied')
  })

  test('ends for good when the last attempt does', async () => {
    const { store, clock, sweeper } = await running({ attempts: 2 })
    for (const ms of [10_000, 20_000, 30_000]) {
      clock.now = (NOW + ms) * 1_000
      await sweeper.sweep()
    }
    expect((await bookIn(store)).runs).toMatchObject([{ status: 'failed', phases: [{ attempt: 2 }, {}] }])
  })

  test('counts what had succeeded before: the run goes on with that', async () => {
    const { store, clock, sweeper } = await running({ already: 3 })
    clock.now = (NOW + 10_000) * 1_000
    await sweeper.sweep()
    expect((await bookIn(store)).runs).toMatchObject([
      { status: 'completed_with_failures', phases: [{ status: 'completed_with_failures', error: 'timed_out' }, {}] },
    ])
  })
})

test('a run waits before a paused phase, visibly, and goes on when it is resumed', async () => {
  const { store, clock } = runStore()
  const { sweeper, log } = sweeping(store)
  await readyToPlan(store, ID)
  await setPaused(store, 'spellcheck', true)
  await store.start(ID, start())
  clock.now += 3_600_000_000
  await sweeper.sweep()
  expect((await bookIn(store)).runs).toMatchObject([{ phases: [{ status: 'pending', paused: true }] }])
  expect(log.topics()).not.toContain(TOPICS.spellcheckCommand)
  await setPaused(store, 'spellcheck', false)
  await sweeper.sweep()
  expect((await bookIn(store)).runs).toMatchObject([{ phases: [{ status: 'running', paused: false }] }])
  expect(log.topics()).toContain(TOPICS.spellcheckCommand)
})

test('a bucket that was lost is handed to the restoration', async () => {
  const { store } = runStore()
  const losing: RunStore = { ...store, due: async (bucket) => ({ lost: bucket === 7, timers: [] }) }
  const { sweeper, lost } = sweeping(losing)
  await sweeper.sweep()
  expect(lost).toEqual([7])
})

test('a failure that is no passing one is an error in the log, and the sweep goes on', async () => {
  const { store, clock } = runStore()
  await store.register(ID, register({ registration: 'broken' }))
  await store.register(batchId('b-2'), register())
  clock.now += 3_000_000
  const { sweeper, log, logger } = sweeping(store)
  await sweeper.sweep()
  expect(logger.lines.filter(({ level }) => level === 'error')).toHaveLength(1)
  expect(log.topics()).toContain(TOPICS.essaysRegistered)
})

test('it sweeps again and again until it is stopped, also after a sweep that failed', async () => {
  const { store } = runStore()
  let sweeps = 0
  const failing: RunStore = {
    ...store,
    due() {
      sweeps += 1
      return sweeps <= 256 ? Promise.reject(new Error('away')) : Promise.resolve({ lost: false, timers: [] })
    },
  }
  const { sweeper, logger } = sweeping(failing)
  sweeper.start()
  await until(() => sweeps > 3 * 256, { timeoutMs: 5_000, what: 'three sweeps' })
  await sweeper.stop()
  const stopped = sweeps
  expect(logger.lines).toMatchObject([{ message: 'sweep failed', fields: { err: 'away' } }])
  await sweeper.stop()
  expect(sweeps).toBe(stopped)
})

describeRedis('several replicas on one Redis', (url) => {
  const redis = createRedisClient({ url, connectionName: 'test', logger: silent })
  afterAll(() => redis.close())

  describe('a bucket is swept by one at a time', () => {
    test('and by another once the first is gone for as long as its lease', async () => {
      const clock = { now: NOW * 1_000 }
      const store = createRedisRunStore({ redis, prefix: uniquePrefix(), clock: () => clock.now })
      const id = batchId(randomId())
      await store.revive(await store.restoring([bucketOf(id)]))
      const [one, two] = [sweeping(store, 'one', 60_000), sweeping(store, 'two')]
      await one.sweeper.sweep()
      await store.register(id, register())
      clock.now += 3_000_000
      await two.sweeper.sweep()
      expect(two.log.published).toEqual([])
      // The last that is heard of the first: its lease ends at once.
      await store.due(bucketOf(id), 'one', 1, 1)
      await until(
        async () => {
          await two.sweeper.sweep()
          return two.log.published.length > 0
        },
        { timeoutMs: 15_000, what: 'the lease to run out' },
      )
      expect(two.log.topics()).toEqual([TOPICS.runChanged, TOPICS.essaysRegistered])
    }, 20_000)
  })
})
