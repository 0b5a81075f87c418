import { afterAll, describe, expect, test } from 'bun:test'
import { createEmbeddedRunStore } from '../../../orchestrator/runs/embedded.ts'
import type { RunStore } from '../../../orchestrator/runs/port.ts'
import { createRedisRunStore } from '../../../orchestrator/runs/redis.ts'
import { bucketOf } from '../../../shared/buckets.ts'
import { batchId, randomId } from '../../../shared/ids.ts'
import { openDatabase } from '../../../shared/store/sqlite.ts'
import { redisForTests } from '../../conductor/state/support.ts'
import { describeRedis, uniquePrefix } from '../../support/engines.ts'
import { bookIn, NOW, phase, readyToPlan, start } from '../support.ts'
import { createMemoryRunStore } from './memory-store.ts'

const pauseOf = (paused: boolean, offset: number, name = 'spellcheck') => ({
  ...{ phase: name, paused, offset },
  ...{ changed_by: 'test', user_id: 'ada', changed_at: NOW + offset },
})

const contract = (create: () => RunStore): void => {
  /** A run that is held before spellcheck, which the log paused at its offset 5. */
  const held = async () => {
    const store = create()
    const id = batchId(`}x-${randomId()}`)
    await store.revive(await store.restoring([bucketOf(id)]))
    await store.setPauses([pauseOf(true, 5)])
    await readyToPlan(store, id)
    const { book } = await store.start(id, start({ phases: [phase()] }))
    expect(book.runs).toMatchObject([{ phases: [{ status: 'pending', paused: true }] }])
    const isDue = async () => {
      const { timers } = await store.due(bucketOf(id), 'me', 1_000, 100)
      return timers.some(({ kind, batchId: one }) => kind === 'held' && one === id)
    }
    expect(await isDue()).toBe(false)
    return { store, id, isDue }
  }

  test('of two pauses of a phase the one behind the other on the log counts, in whichever order they come', async () => {
    const { store, isDue } = await held()
    await store.setPauses([pauseOf(false, 4)])
    expect(await isDue()).toBe(false)
    await store.setPauses([pauseOf(false, 6), pauseOf(true, 5), pauseOf(true, 3, 'nlp')])
    expect(await isDue()).toBe(true)
    expect(await store.pauses()).toEqual([pauseOf(true, 3, 'nlp'), pauseOf(false, 6)])
  })

  test('saying the same again wakes nobody', async () => {
    const { store, id, isDue } = await held()
    await store.setPauses([pauseOf(false, 1, 'nlp')])
    expect((await store.moveOn(id)).reply).toBe('waiting')
    for (let n = 0; n < 2; n++) await store.setPauses([pauseOf(true, 5), pauseOf(false, 1, 'nlp')])
    expect(await isDue()).toBe(false)
  })

  test('a book that comes back held is looked at: its phase may have been resumed while it was lost', async () => {
    const { store: lost, id } = await held()
    const book = await bookIn(lost, id)
    const store = create()
    await store.setPauses([pauseOf(false, 6)])
    const restoring = await store.restoring([bucketOf(id)])
    await store.restore(id, { book: { ...book, book_revision: book.revision }, entries: [] })
    await store.revive(restoring)
    const { timers } = await store.due(bucketOf(id), 'me', 1_000, 100)
    expect(timers.map(({ kind }) => kind)).toContain('held')
    expect((await store.moveOn(id)).book.runs).toMatchObject([{ phases: [{ status: 'running', paused: false }] }])
  })
}

describe('pauses in the reducers', () => contract(() => createMemoryRunStore(() => NOW * 1_000)))
describe('pauses in SQLite', () => contract(() => createEmbeddedRunStore(openDatabase(':memory:'))))
describeRedis('pauses in Redis', (url) => {
  const redis = redisForTests(url)
  afterAll(() => redis.close())
  contract(() => createRedisRunStore({ redis, prefix: uniquePrefix() }))
})
