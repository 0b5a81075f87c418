import { afterAll, describe, expect, test } from 'bun:test'
import { withArchive } from '../../../orchestrator/archive/with-archive.ts'
import { createEmbeddedRunStore } from '../../../orchestrator/runs/embedded.ts'
import { ShelvedError } from '../../../orchestrator/runs/model/shelf.ts'
import type { RunStore } from '../../../orchestrator/runs/port.ts'
import { createRedisRunStore } from '../../../orchestrator/runs/redis.ts'
import { BUCKETS } from '../../../shared/buckets.ts'
import type { BatchId } from '../../../shared/ids.ts'
import { openDatabase } from '../../../shared/store/sqlite.ts'
import { redisForTests } from '../../conductor/state/support.ts'
import { describeRedis, uniquePrefix } from '../../support/engines.ts'
import { playOn, START } from '../runs/play.ts'
import { memoryArchive } from './support.ts'

const ALL = Array.from({ length: BUCKETS }, (_, bucket) => bucket)
const HISTORIES = Number(process.env['BATON_HISTORIES'] ?? 300)
const LIMIT_MS = 60_000 + 50 * HISTORIES
const SEEDS = [42, Number(process.env['BATON_SEED'] ?? Date.now() % 1_000_000)]

/** A store that lets every book go before each step, as if ages lay between any two, also where a sweep would leave it. */
const everShelving = (raw: RunStore) => {
  const { archive } = memoryArchive()
  const counts = { shelved: 0, recalled: 0 }
  const store = withArchive(raw, archive, { recalled: () => void counts.recalled++ })
  const shelve = async (id: BatchId): Promise<void> => {
    const found = await raw.read(id).catch((thrown) => {
      if (thrown instanceof ShelvedError) return undefined
      throw thrown
    })
    if (!found) return
    await archive.put(id, found.book)
    if (await raw.shelve(id, found.book.revision)) counts.shelved += 1
  }
  const first =
    <Input extends unknown[], Result>(transition: (id: BatchId, ...input: Input) => Promise<Result>) =>
    async (id: BatchId, ...input: Input): Promise<Result> => {
      await shelve(id)
      return transition(id, ...input)
    }
  const aging: RunStore = {
    ...store,
    register: first(store.register),
    content: first(store.content),
    request: first(store.request),
    start: first(store.start),
    refuse: first(store.refuse),
    outcome: first(store.outcome),
    expire: first(store.expire),
    timeout: first(store.timeout),
    moveOn: first(store.moveOn),
    cancel: first(store.cancel),
    prompt: first(store.prompt),
    ack: first(store.ack),
    // What a restoration answers of a stub is that alone: the book is there when the two are compared.
    async restore(id, input) {
      const book = await archive.read(id)
      if (book) await raw.recall(id, book)
      return store.restore(id, input)
    },
  }
  return { store: aging, counts }
}

const isExercised = ({ shelved, recalled }: { readonly shelved: number; readonly recalled: number }) => {
  expect(shelved).toBeGreaterThan(HISTORIES)
  expect(recalled).toBeGreaterThan(HISTORIES)
}

describe('books that go before every step, in SQLite', () => {
  test.each(SEEDS)(
    'every history is as if none had ever gone (seed %p)',
    async (seed) => {
      const clock = { now: START }
      const { store, counts } = everShelving(
        createEmbeddedRunStore(openDatabase(':memory:'), { clock: () => clock.now }),
      )
      await playOn([{ store, clock }], { seed, count: HISTORIES })
      isExercised(counts)
    },
    LIMIT_MS,
  )
})

describeRedis('books that go before every step, in Redis', (url) => {
  const redis = redisForTests(url)
  afterAll(() => redis.close())
  test.each(SEEDS)(
    'every history is as if none had ever gone (seed %p)',
    async (seed) => {
      const lanes = Array.from({ length: 20 }, () => {
        const clock = { now: START }
        const raw = createRedisRunStore({ redis, prefix: uniquePrefix(), clock: () => clock.now })
        return { clock, raw, ...everShelving(raw) }
      })
      for (const { raw } of lanes) await raw.revive(await raw.restoring(ALL))
      await playOn(lanes, { seed, count: HISTORIES })
      const sum = (of: 'shelved' | 'recalled') => lanes.reduce((total, { counts }) => total + counts[of], 0)
      isExercised({ shelved: sum('shelved'), recalled: sum('recalled') })
    },
    LIMIT_MS,
  )
})
