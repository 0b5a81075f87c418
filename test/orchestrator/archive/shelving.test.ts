import { afterAll, describe, expect, test } from 'bun:test'
import { createShelving } from '../../../orchestrator/archive/shelving.ts'
import { withArchive } from '../../../orchestrator/archive/with-archive.ts'
import { createOutboxPublisher } from '../../../orchestrator/outbox.ts'
import { createEmbeddedRunStore } from '../../../orchestrator/runs/embedded.ts'
import { ShelvedError } from '../../../orchestrator/runs/model/shelf.ts'
import type { RunStore, Transitioned } from '../../../orchestrator/runs/port.ts'
import { createRedisRunStore } from '../../../orchestrator/runs/redis.ts'
import { BUCKETS } from '../../../shared/buckets.ts'
import { PassingError } from '../../../shared/errors.ts'
import { batchId, derivedId, randomId } from '../../../shared/ids.ts'
import { openDatabase } from '../../../shared/store/sqlite.ts'
import { redisForTests } from '../../conductor/state/support.ts'
import { describeRedis, uniquePrefix } from '../../support/engines.ts'
import { recordingLogger } from '../../support/silent.ts'
import {
  bookIn,
  CORRELATION,
  content,
  NOW,
  outcome,
  readyToPlan,
  recordingLog,
  register,
  render,
  request,
  setPaused,
  start,
} from '../support.ts'
import { memoryArchive } from './support.ts'

const DAY = 86_400_000
const EXPIRY = 30 * DAY
const WHY = { reason: 'cancelled' } as const
const ALL = Array.from({ length: BUCKETS }, (_, bucket) => bucket)

const contract = (create: (clock: () => number) => RunStore): void => {
  const world = async () => {
    const clock = { now: NOW * 1_000 }
    const raw = create(() => clock.now)
    await raw.revive(await raw.restoring(ALL))
    const { archive, books, state } = memoryArchive()
    const outcomes: string[] = []
    const recalled = { count: 0 }
    const store = withArchive(raw, archive, { recalled: () => void recalled.count++ })
    const logger = recordingLogger()
    const shelving = createShelving({
      ...{ store: raw, archive, expiryMs: EXPIRY, logger },
      clock: () => clock.now / 1_000,
      metrics: { archived: (what) => void outcomes.push(what) },
    })
    const publish = createOutboxPublisher({ log: recordingLog(), store, render, logger })
    const id = batchId(`}x-${randomId()}`)
    const say = async (transitioned: Transitioned) => {
      await publish(id, transitioned)
      return transitioned
    }
    /** What the sweeps of so many days did. */
    const after = async (days: number): Promise<readonly string[]> => {
      clock.now += days * DAY * 1_000
      outcomes.length = 0
      await shelving.sweep()
      return [...outcomes]
    }
    const ended = async () => {
      await say(await readyToPlan(store, id))
      await say(await store.start(id, start()))
      await say(await store.outcome(id, outcome({ at: NOW + 1_000 })))
      return bookIn(store, id)
    }
    const isShelved = () =>
      raw.read(id).then(
        () => false,
        (thrown) => thrown instanceof ShelvedError,
      )
    return {
      ...{ clock, raw, store, books, state, logger, id },
      say,
      after,
      ended,
      isShelved,
      recalled: () => recalled.count,
    }
  }

  test('a book leaves the store so long after its last change, not before, and is shown as it was', async () => {
    const { store, after, ended, isShelved, recalled, id } = await world()
    const book = await ended()
    expect(await after(29)).toEqual([])
    expect(await after(2)).toEqual(['shelved'])
    expect(await isShelved()).toBe(true)
    expect(await bookIn(store, id)).toEqual(book)
    expect([await isShelved(), recalled()]).toEqual([true, 0])
    expect(await after(60)).toEqual([])
  })

  test('a batch that changed in between goes so long after that', async () => {
    const { store, clock, say, after, ended, id } = await world()
    await ended()
    clock.now += 20 * DAY * 1_000
    await say(await store.prompt(id, { correlation_id: CORRELATION, prompt_ref: '{}' }))
    expect(await after(11)).toEqual(['moved'])
    expect(await after(18)).toEqual([])
    expect(await after(2)).toEqual(['shelved'])
  })

  test('no book goes while a run is under way, is held, or a request waits', async () => {
    const { store, say, after, isShelved, id } = await world()
    await setPaused(store, 'spellcheck', true)
    await say(await readyToPlan(store, id))
    await say(await store.start(id, start()))
    expect(await after(31)).toEqual(['busy'])
    await setPaused(store, 'spellcheck', false)
    await say(await store.moveOn(id))
    expect(await after(31)).toEqual(['busy'])
    await say(await store.outcome(id, outcome({ at: NOW + 100 * DAY })))
    await say(await store.request(id, request({ ...another(1), wait_ms: 90 * DAY })))
    expect(await after(31)).toEqual(['busy'])
    await say(await store.cancel(id, { request_id: 'c-1', correlation_id: CORRELATION, run_id: null, ...WHY }))
    expect(await after(1)).toEqual(['moved'])
    expect(await after(30)).toEqual(['shelved'])
    expect(await isShelved()).toBe(true)
  })

  test('no book goes before everything is said that it has to say', async () => {
    const { store, say, after, ended, isShelved, id } = await world()
    await ended()
    const left = await store.request(id, request({ ...another(1), user_id: 'somebody else' }))
    expect(left.entries).not.toEqual([])
    for (const days of [31, 1]) expect(await after(days)).toEqual(['busy'])
    await say(left)
    expect(await after(29)).toEqual(['moved'])
    expect(await isShelved()).toBe(false)
    expect(await after(2)).toEqual(['shelved'])
  })

  test('while the archive is away no book goes, and those that have gone are waited for', async () => {
    const { store, state, logger, after, ended, isShelved, id } = await world()
    await ended()
    state.away = true
    expect(await after(31)).toEqual([])
    expect(await isShelved()).toBe(false)
    expect(logger.lines).toMatchObject([{ level: 'warn', message: 'book not archived' }])
    state.away = false
    expect(await after(1)).toEqual(['shelved'])
    state.away = true
    await expect(store.register(id, register())).rejects.toBeInstanceOf(PassingError)
    await expect(store.read(id)).rejects.toBeInstanceOf(PassingError)
    expect((await store.register(batchId(randomId()), register())).reply).toBe('registered')
  })

  const another = (n: number) => ({
    request_id: derivedId('request', n),
    correlation_id: derivedId('correlation', n),
    position: { place: 'huleedu.commands.batch.pipeline.v1|0', offset: 10 + n },
    at: NOW + n,
  })
  const EVENTS: readonly (readonly [
    string,
    (store: RunStore, id: ReturnType<typeof batchId>) => Promise<Transitioned>,
  ])[] = [
    ['a registration that is repeated', (store, id) => store.register(id, register())],
    ['a request that is repeated', (store, id) => store.request(id, request())],
    ['a new request', (store, id) => store.request(id, request(another(2)))],
    ['a request of somebody else', (store, id) => store.request(id, request({ ...another(2), user_id: 'bo' }))],
    ['an outcome that comes late', (store, id) => store.outcome(id, outcome())],
    ['content that comes again', (store, id) => store.content(id, content())],
    ['a prompt', (store, id) => store.prompt(id, { correlation_id: CORRELATION, prompt_ref: '{"a":1}' })],
    [
      'a cancel',
      (store, id) => store.cancel(id, { request_id: 'x', correlation_id: CORRELATION, run_id: null, ...WHY }),
    ],
    ['a timer', (store, id) => store.timeout(id)],
  ]
  test.each(EVENTS)('%s finds a batch whose book has gone as if it had not', async (_, event) => {
    const [gone, kept] = [await world(), await world()]
    for (const { ended } of [gone, kept]) await ended()
    expect(await gone.after(40)).toEqual(['shelved'])
    kept.clock.now += 40 * DAY * 1_000
    const answer = async ({ store, id }: typeof gone) => {
      const text = JSON.stringify(await event(store, id))
      return JSON.parse(text.replaceAll(id, 'the batch'))
    }
    expect(await answer(gone)).toEqual(await answer(kept))
    expect(gone.recalled()).toBe(1)
    // It is a book like any other again, and goes again.
    expect(await gone.isShelved()).toBe(false)
  })

  test('one that was recalled goes again, and the archive then has what changed', async () => {
    const { store, books, say, after, ended, id } = await world()
    await ended()
    expect(await after(31)).toEqual(['shelved'])
    await say(await store.prompt(id, { correlation_id: CORRELATION, prompt_ref: '{"new":1}' }))
    expect(await after(31)).toEqual(['shelved'])
    expect(JSON.parse(books.get(id) ?? '').prompt_ref).toBe('{"new":1}')
  })

  test('one that moved on while it was archived stays', async () => {
    const { raw, books, ended, id } = await world()
    const book = await ended()
    await raw.prompt(id, { correlation_id: CORRELATION, prompt_ref: '{}' })
    expect(await raw.shelve(id, book.revision)).toBe(false)
    await raw.recall(id, book)
    expect((await bookIn(raw, id)).prompt_ref).toBe('{}')
    expect(books.size).toBe(0)
  })

  test('a book of the log replaces the stub of an older one, and an older book does not', async () => {
    const { raw, store, after, ended, isShelved, id } = await world()
    const book = await ended()
    expect(await after(31)).toEqual(['shelved'])
    const from = (change: number) => ({ ...book, book_revision: `${Number(book.book_revision) + change}` })
    for (const change of [-1, 0]) {
      expect((await raw.restore(id, { book: from(change), entries: [] })).reply).toBe('known')
      expect(await isShelved()).toBe(true)
    }
    expect((await raw.restore(id, { book: from(1), entries: [] })).reply).toBe('restored')
    expect((await bookIn(store, id)).runs).toEqual(book.runs)
    expect(await after(31)).toEqual(['shelved'])
  })

  test('two that sweep at once do each once', async () => {
    const { raw, clock, ended } = await world()
    await ended()
    clock.now += 31 * DAY * 1_000
    const claim = { olderThanMs: EXPIRY, leaseMs: 1_000, limit: 10 }
    expect(await raw.aged(claim)).toHaveLength(1)
    expect(await raw.aged(claim)).toEqual([])
    clock.now += 2_000_000
    expect(await raw.aged(claim)).toHaveLength(1)
  })
}

describe('books that nobody asks for, in SQLite', () =>
  contract((clock) => createEmbeddedRunStore(openDatabase(':memory:'), { clock })))

describeRedis('books that nobody asks for, in Redis', (url) => {
  const redis = redisForTests(url)
  afterAll(() => redis.close())
  contract((clock) => createRedisRunStore({ redis, prefix: uniquePrefix(), clock }))
})
