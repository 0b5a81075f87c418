import { afterAll, expect, test } from 'bun:test'
import fc from 'fast-check'
import { bucketOf } from '../../../shared/buckets.ts'
import type { BatchId } from '../../../shared/ids.ts'
import { describeRedis, uniquePrefix } from '../../support/engines.ts'
import { changesOf, plain, SEEDS, signatureOf, withoutSettled } from './compare.ts'
import { aLongHistory, BATCHES, type Delivery } from './histories.ts'
import { createOracle } from './oracle.ts'
import { embeddedStore, redisForTests, redisStore, type TestStore } from './support.ts'

/** Events in all, for each seed; `bun run soak` applies 5,000,000. */
const EVENTS = Number(process.env['BATON_EVENTS'] ?? 20_000)
const BUCKETS_USED = BATCHES.map(bucketOf)
/** What a history holds on average. */
const EVENTS_PER_HISTORY = 100
const TIMEOUT_MS = 30_000 + 10 * EVENTS

/** Applies a history as a consumer does that crashes now and then: half a fetch, and then the whole of it. */
const applyAll = async ({ store }: TestStore, history: readonly Delivery[]): Promise<number> => {
  let events = 0
  for (const { fetch, crashAfter } of history) {
    const changes = changesOf(fetch)
    if (crashAfter !== undefined) await store.apply(changes.slice(0, crashAfter))
    await store.apply(changes)
    events += fetch.length
  }
  return events
}

const factsOf = async ({ store }: TestStore) =>
  Promise.all(
    BATCHES.map(async (id) => {
      const { registration, book, content, tally, essays } = await store.read(id, { essays: 100, book: true })
      return { registration, book, content, tally, essays }
    }),
  )

describeRedis('histories with repeats, reordering, conflicts and crashes between any two steps', (url) => {
  const redis = redisForTests(url)
  afterAll(() => redis.close())

  for (const seed of SEEDS)
    test(
      `leave Redis, the embedded store and the plain model equal: ${EVENTS} events (BATON_SEED=${seed})`,
      async () => {
        let events = 0
        const property = fc.asyncProperty(aLongHistory, async (history) => {
          const [inRedis, embedded] = [redisStore(redis, uniquePrefix(), BUCKETS_USED), embeddedStore(BUCKETS_USED)]
          events += await applyAll(inRedis, history)
          await applyAll(embedded, history)
          const oracles = new Map<BatchId, ReturnType<typeof createOracle>>(BATCHES.map((id) => [id, createOracle()]))
          for (const { fetch } of history)
            for (const change of changesOf(fetch)) oracles.get(change.batchId)?.hear(change)

          const facts = await factsOf(inRedis)
          expect(facts).toEqual(await factsOf(embedded))
          for (const [n, id] of BATCHES.entries()) {
            const [found, oracle] = [facts[n], oracles.get(id)]
            if (!found || !oracle) throw new Error('every batch was read')
            expect({ registration: found.registration, book: found.book }).toEqual({
              registration: oracle.registration(),
              book: oracle.book(),
            })
            expect<unknown>(found.essays.map(plain)).toEqual(oracle.essays().map(withoutSettled))
            expect(found.essays.map(({ signature }) => signature)).toEqual(oracle.essays().map(signatureOf))
          }
        })
        await fc.assert(property, { seed, numRuns: EVENTS / EVENTS_PER_HISTORY })
        expect(events).toBeGreaterThan(EVENTS * 0.9)
      },
      TIMEOUT_MS,
    )
})
