import { afterAll, afterEach, describe, expect, test } from 'bun:test'
import { RedisClient as Admin } from 'bun'
import type { ArchivedRevisions } from '../../orchestrator/archive/archiving.ts'
import { withArchive } from '../../orchestrator/archive/with-archive.ts'
import { createOutboxPublisher } from '../../orchestrator/outbox.ts'
import { pauseMessage } from '../../orchestrator/pauses/message.ts'
import { createRestore } from '../../orchestrator/restore.ts'
import { bucketKeys } from '../../orchestrator/runs/keys.ts'
import { ShelvedError } from '../../orchestrator/runs/model/shelf.ts'
import type { RunStore } from '../../orchestrator/runs/port.ts'
import { createRedisRunStore } from '../../orchestrator/runs/redis.ts'
import { BUCKETS, bucketOf } from '../../shared/buckets.ts'
import { TOPICS } from '../../shared/contracts/topics.ts'
import { PassingError } from '../../shared/errors.ts'
import { batchId, correlationId, derivedId, randomId } from '../../shared/ids.ts'
import { createEmbeddedLog } from '../../shared/log/embedded/log.ts'
import type { OutgoingMessage } from '../../shared/log/port.ts'
import { topicSpecs } from '../../shared/log/topic-specs.ts'
import { createRedisClient } from '../../shared/store/redis/client.ts'
import { describeRedis, uniquePrefix } from '../support/engines.ts'
import { recordingLogger, silent } from '../support/silent.ts'
import { memoryArchive } from './archive/support.ts'
import { bookIn, content, json, outcome, phase, readyToPlan, register, render, request, start } from './support.ts'

const ALL = Array.from({ length: BUCKETS }, (_, bucket) => bucket)
const SPECS = topicSpecs({ topics: Object.values(TOPICS), partitions: 2, stateExpiryMs: 1_000, maxBatchEssays: 10 })

describeRedis('a store that has lost everything', (url) => {
  const redis = createRedisClient({ url, connectionName: 'test', logger: silent })
  afterAll(() => redis.close())
  const undo: (() => Promise<void>)[] = []
  afterEach(async () => {
    for (const step of undo.splice(0)) await step()
  })

  /** What stands for a store after it was emptied: the same script on keys that nobody has written. */
  const emptied = (): RunStore => createRedisRunStore({ redis, prefix: uniquePrefix() })

  const world = async () => {
    const log = createEmbeddedLog({ path: ':memory:', logger: silent })
    undo.push(() => log.close())
    await log.ensureTopics(SPECS)
    const published: OutgoingMessage[] = []
    const recording = {
      publish: (messages: readonly OutgoingMessage[]) => {
        published.push(...messages)
        return log.publish(messages)
      },
    }
    const publisher = (store: RunStore) => createOutboxPublisher({ log: recording, store, render, logger: silent })
    const store = emptied()
    await store.revive(await store.restoring(ALL))
    const logger = recordingLogger()
    const restored = async (archived: ArchivedRevisions = async () => new Map()): Promise<RunStore> => {
      const fresh = emptied()
      await createRestore({ log, store: fresh, archived, logger })(ALL)
      return fresh
    }
    const commands = () => published.filter(({ topic }) => topic === TOPICS.nlpCommand).map((one) => json(one).event_id)
    return { log, store, published, publisher, restored, commands, logger }
  }

  test('decides nothing until it is restored', async () => {
    const store = emptied()
    const id = batchId('b-1')
    const passing = { name: 'PassingError', source: 'catching_up' }
    await expect(store.register(id, register())).rejects.toMatchObject(passing)
    await expect(store.read(id)).rejects.toMatchObject(passing)
    await expect(store.timeout(id)).rejects.toMatchObject(passing)
    await store.revive(await store.restoring(ALL))
    expect((await store.register(id, register())).reply).toBe('registered')
  })

  test('has all runs back, which go on and end, and nothing is commanded with another id', async () => {
    const { store, publisher, restored, commands } = await world()
    const publish = publisher(store)
    const ids = Array.from({ length: 20 }, (_, n) => batchId(`b-${n}`))
    const nlp = phase({ phase: 'nlp', depends_on: ['spellcheck'], produces_text: false })
    const spellchecked = (n: number) => outcome({ cause: derivedId('spellcheck', n), at: Date.now() + 60_000 })
    for (const [n, id] of ids.entries()) {
      await publish(id, await readyToPlan(store, id))
      await publish(id, await store.start(id, start({ run_id: `run-${n}`, phases: [phase(), nlp] })))
      if (n % 2 === 0) await publish(id, await store.outcome(id, spellchecked(n)))
    }
    const before = new Set(commands())
    const fresh = await restored()
    const publishAgain = publisher(fresh)
    for (const [n, id] of ids.entries()) {
      const found = await fresh.read(id)
      if (!found) throw new Error(`${id} is lost`)
      await publishAgain(id, found)
      await publishAgain(id, await fresh.outcome(id, spellchecked(n)))
      const end = outcome({ phase: 'nlp', cause: derivedId('nlp', n), at: Date.now() + 120_000 })
      const ended = await fresh.outcome(id, end)
      expect(ended.book.runs).toMatchObject([{ run_id: `run-${n}`, status: 'completed_successfully' }])
      expect(ended.reply).toBe('applied')
    }
    const after = new Set(commands())
    expect(after.size).toBe(20)
    expect([...before].filter((one) => !after.has(one))).toEqual([])
  })

  test('has the pauses back before it decides anything: a run that it had is held, and one that begins then', async () => {
    const { log, store, publisher, restored } = await world()
    const [first, second] = [batchId('b-1'), batchId('b-2')]
    const said = (name: string, paused: boolean) =>
      pauseMessage(
        { phase: name, paused, changed_by: 'test', user_id: null, changed_at: Date.now() },
        { correlationId: correlationId(randomId()) },
      )
    await log.publish([said('nlp', false), said('spellcheck', true), said('nlp', true), said('spellcheck', false)])
    const nlp = phase({ phase: 'nlp', depends_on: ['spellcheck'], produces_text: false })
    await publisher(store)(first, await readyToPlan(store, first))
    await publisher(store)(first, await store.start(first, start({ phases: [phase(), nlp] })))
    const fresh = await restored()
    const ended = await fresh.outcome(first, outcome({ at: Date.now() + 60_000 }))
    expect(ended.book.runs).toMatchObject([{ phases: [{}, { phase: 'nlp', status: 'pending', paused: true }] }])
    await readyToPlan(fresh, second)
    const started = await fresh.start(second, start({ phases: [phase({ phase: 'nlp' })] }))
    expect(started.book.runs).toMatchObject([{ phases: [{ phase: 'nlp', status: 'pending', paused: true }] }])
  })

  test('has no book back that the archive has, but its stub; one that moved on since is whole', async () => {
    const { store, publisher, restored } = await world()
    const [old, moved] = [batchId('b-1'), batchId('b-2')]
    const { archive } = memoryArchive()
    for (const id of [old, moved]) {
      await publisher(store)(id, await readyToPlan(store, id))
      await publisher(store)(id, await store.start(id, start()))
      await publisher(store)(id, await store.outcome(id, outcome({ at: Date.now() + 60_000 })))
      await archive.put(id, await bookIn(store, id))
    }
    const before = await bookIn(store, old)
    const again = request({
      ...{ request_id: derivedId('again'), correlation_id: derivedId('again', 'correlation') },
      ...{ user_id: 'bo', at: Date.now(), position: { place: 'huleedu.commands.batch.pipeline.v1|0', offset: 5 } },
    })
    await publisher(store)(moved, await store.request(moved, again))
    const fresh = await restored(archive.revisions)
    await expect(fresh.read(old)).rejects.toBeInstanceOf(ShelvedError)
    expect((await bookIn(fresh, moved)).requests).toHaveLength(2)
    const whole = withArchive(fresh, archive, { recalled() {} })
    expect(await bookIn(whole, old)).toEqual(before)
    expect((await whole.register(old, register())).reply).toBe('known')
    expect((await bookIn(fresh, old)).runs).toEqual(before.runs)
  })

  test('says again what a crash had left unsaid behind the book', async () => {
    const { log, store, restored, published, publisher } = await world()
    const id = batchId('b-1')
    await publisher(store)(id, await readyToPlan(store, id))
    const started = await store.start(id, start())
    const books = started.entries.filter(({ kind }) => kind === 'book')
    await log.publish(books.flatMap((entry) => render(started.book, entry, started.entries)))
    published.length = 0
    const fresh = await restored()
    const left = await fresh.read(id)
    if (!left) throw new Error('it is lost')
    await publisher(fresh)(id, left)
    const expected = started.entries.flatMap((entry) =>
      entry.kind === 'book' ? [] : render(started.book, entry, started.entries),
    )
    expect(published.map(({ topic }) => topic)).toEqual([TOPICS.teacherNotification, TOPICS.spellcheckCommand])
    expect(published).toEqual(expected)
  })

  test('says the end of a run again as it was said, in the trace of its request', async () => {
    const { store, restored, published, publisher } = await world()
    const id = batchId('b-1')
    const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`
    const asked = request()
    const message = JSON.stringify({ ...JSON.parse(asked.message), traceparent })
    await publisher(store)(id, await readyToPlan(store, id, { ...asked, message }))
    await publisher(store)(id, await store.start(id, start()))
    published.length = 0
    await publisher(store)(id, await store.outcome(id, outcome({ at: Date.now() + 60_000 })))
    const said = published.filter(({ topic }) => topic !== TOPICS.runChanged)
    expect(said.map(({ topic }) => topic)).toEqual([TOPICS.pipelineCompleted, TOPICS.teacherNotification])
    const fresh = await restored()
    published.length = 0
    const left = await fresh.read(id)
    if (!left) throw new Error('it is lost')
    await publisher(fresh)(id, left)
    expect(published.filter(({ topic }) => topic !== TOPICS.runChanged)).toEqual(said)
    expect((await fresh.read(id))?.entries).toEqual([])
  })

  test('has the registration back, whatever was said of the batch while that was lost', async () => {
    const { store, restored, publisher } = await world()
    const id = batchId('b-1')
    await publisher(store)(id, await store.register(id, register()))
    // Another process on a store that lags: it has never heard of the batch.
    const lagging = emptied()
    await lagging.revive(await lagging.restoring(ALL))
    await publisher(lagging)(id, await lagging.request(id, request()))
    const { book } = (await (await restored()).read(id)) ?? {}
    expect(book).toMatchObject({ user_id: 'ada', requests: [] })
  })

  test('has the prompt back that was set last', async () => {
    const { store, restored, publisher } = await world()
    const id = batchId('b-1')
    await publisher(store)(id, await store.register(id, register()))
    const prompt_ref = JSON.stringify({ references: { student_prompt_text: { storage_id: 'p-2', path: '' } } })
    const set = await store.prompt(id, { correlation_id: derivedId('prompt'), prompt_ref })
    await publisher(store)(id, set)
    expect((await (await restored()).read(id))?.book.prompt_ref).toBe(prompt_ref)
    // The same once more says nothing.
    expect((await store.prompt(id, { correlation_id: derivedId('again'), prompt_ref })).entries).toEqual([])
  })

  test('keeps what is newer than the books, and does not run a request again that it has answered', async () => {
    const { store, log, publisher } = await world()
    const id = batchId('b-1')
    await publisher(store)(id, await readyToPlan(store, id))
    await store.start(id, start())
    await createRestore({ log, store, archived: async () => new Map(), logger: silent })(ALL)
    const found = await store.read(id)
    expect(found?.book.runs).toHaveLength(1)
    expect((await store.request(id, request())).reply).toBe('decided')
  })

  test('what was published while it was restored from an older book is done again on top of that', async () => {
    const { store, publisher, restored } = await world()
    const id = batchId('b-1')
    await publisher(store)(id, await readyToPlan(store, id))
    const started = await store.start(id, start())
    const fresh = await restored()
    await expect(publisher(fresh)(id, started)).rejects.toBeInstanceOf(PassingError)
    const again = await fresh.start(id, start())
    expect(again.reply).toBe('started')
    await publisher(fresh)(id, again)
    expect((await fresh.read(id))?.book.outbox).toEqual([])
  })

  test('only in part, as by a failover, decides nothing either until it is restored', async () => {
    const prefix = uniquePrefix()
    const store = createRedisRunStore({ redis, prefix })
    await store.revive(await store.restoring(ALL))
    const id = batchId('b-1')
    const { outbox, alive } = bucketKeys(prefix, bucketOf(id))
    const admin = new Admin(url)
    await store.register(id, register())
    const earlier = String(await admin.hget(outbox, '#written'))
    await store.content(id, content())
    expect(Number(await admin.hget(outbox, '#written'))).toBeGreaterThan(Number(earlier))
    // What a replica has that did not hear of the last write.
    const loseTheLast = () => admin.hset(outbox, { '#written': earlier })
    for (const decide of [() => store.request(id, request()), () => store.read(id), () => store.timeout(id)]) {
      await loseTheLast()
      await admin.set(alive, 'yes')
      await expect(decide()).rejects.toMatchObject({ name: 'PassingError', source: 'catching_up' })
    }
    await admin.set(alive, 'yes')
    expect((await store.due(bucketOf(id), 'me', 1_000, 1)).lost).toBe(true)
    // A process that sweeps beside it has heard of it too, and one that begins only now follows those that have.
    await admin.hset(outbox, { '#written': String(Number(earlier) + 1_000_000_000) })
    await admin.set(alive, 'yes')
    const beside = createRedisRunStore({ redis, prefix })
    expect((await beside.due(bucketOf(id), 'beside', 1_000, 1)).lost).toBe(false)
    await loseTheLast()
    await expect(beside.read(id)).rejects.toBeInstanceOf(PassingError)
    await expect(createRedisRunStore({ redis, prefix }).read(id)).rejects.toBeInstanceOf(PassingError)
    await store.revive(await store.restoring([bucketOf(id)]))
    expect((await store.read(id))?.book.user_id).toBe('ada')
    admin.close()
  })

  test('that is emptied again while it is restored is not called restored', async () => {
    const fresh = emptied()
    const first = await fresh.restoring([7])
    expect(await fresh.restoring([7])).toEqual(first)
    await fresh.forget([7])
    const second = await fresh.restoring([7])
    await fresh.revive(first)
    expect((await fresh.due(7, 'me', 1_000, 1)).lost).toBe(true)
    await fresh.revive(second)
    expect((await fresh.due(7, 'me', 1_000, 1)).lost).toBe(false)
  })

  describe('a record that no book can be made of', () => {
    test('is told of, and the others are restored', async () => {
      const { log, store, publisher, restored, logger } = await world()
      await log.publish([{ topic: TOPICS.runChanged, key: 'b-0', value: 'not json', headers: {} }])
      await publisher(store)(batchId('b-1'), await store.register(batchId('b-1'), register()))
      const fresh = await restored()
      expect((await fresh.read(batchId('b-1')))?.book.user_id).toBe('ada')
      expect(logger.lines).toContainEqual(expect.objectContaining({ level: 'error' }))
    })
  })

  test('is not called restored when the reading was ended early', async () => {
    const { log } = await world()
    const fresh = emptied()
    await createRestore({ log, store: fresh, archived: async () => new Map(), logger: silent })(
      ALL,
      AbortSignal.abort(),
    )
    await expect(fresh.read(batchId('b-1'))).rejects.toBeInstanceOf(PassingError)
  })
})
