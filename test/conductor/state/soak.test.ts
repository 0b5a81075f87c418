import { afterAll, expect, test } from 'bun:test'
import fc from 'fast-check'
import { bucketOf } from '../../../shared/buckets.ts'
import { describeRedis, uniquePrefix } from '../../support/engines.ts'
import { changesOf, plain, SEEDS, signatureOf, withoutSettled } from './compare.ts'
import { aLongHistory, BATCHES, type Delivery } from './histories.ts'
import { createOracle } from './oracle.ts'
import { embeddedStore, redisForTests, redisStore, type TestStore } from './support.ts'

/** Events in all, for each seed; `npm run soak` applies 5,000,000. */
const EVENTS = Number(process.env['BATON_EVENTS'] ?? 20_000)
const BUCKETS_USED = BATCHES.map(bucketOf)
/** Histories under way at a time, so that their round trips overlap: one by one, two thirds of the time was waiting. */
const LANES = 50
const TIMEOUT_MS = 30_000 + 10 * EVENTS

/** Applies a history as a consumer does that crashes now and then: half a fetch, and then the whole of it. */
const applyAll = async ({ store }: TestStore, history: readonly Delivery[]): Promise<void> => {
  for (const { fetch, crashAfter } of history) {
    const changes = changesOf(fetch)
    if (crashAfter !== undefined) await store.apply(changes.slice(0, crashAfter))
    await store.apply(changes)
  }
}

const factsOf = ({ store }: TestStore) =>
  Promise.all(
    BATCHES.map(async (id) => {
      const { registration, book, content, tally, named, essays, revision } = await store.read(id, {
        ...{ essays: 100, book: true, named: 2 },
      })
      // What was compared need not be kept: some hundred thousand batches would fill Redis.
      await store.settle(id, { revision, archived: false, expiresMs: 0 })
      return { registration, book, content, tally, named, essays }
    }),
  )

const oraclesOf = (history: readonly Delivery[]) => {
  const oracles = BATCHES.map((id) => ({ id, oracle: createOracle() }))
  for (const { fetch } of history)
    for (const change of changesOf(fetch)) oracles.find(({ id }) => id === change.batchId)?.oracle.hear(change)
  return oracles.map(({ oracle }) => oracle)
}

describeRedis('histories with repeats, reordering, conflicts and crashes between any two steps', (url) => {
  const redis = redisForTests(url)
  afterAll(() => redis.close())

  const expectEqual = async (history: readonly Delivery[]): Promise<void> => {
    const [inRedis, embedded] = [redisStore(redis, uniquePrefix(), BUCKETS_USED), embeddedStore(BUCKETS_USED)]
    await applyAll(inRedis, history)
    await applyAll(embedded, history)
    const facts = await factsOf(inRedis)
    expect(facts).toEqual(await factsOf(embedded))
    for (const [n, oracle] of oraclesOf(history).entries()) {
      const found = facts[n]
      if (!found) throw new Error('every batch was read')
      expect({ registration: found.registration, book: found.book }).toEqual({
        registration: oracle.registration(),
        book: oracle.book(),
      })
      const essays = oracle.essays()
      expect<unknown>(found.essays.map(plain)).toEqual(essays.map(withoutSettled))
      expect(found.essays.map(({ signature }) => signature)).toEqual(essays.map(signatureOf))
    }
  }

  for (const seed of SEEDS)
    test(
      `leave Redis, the embedded store and the plain model equal: ${EVENTS} events (BATON_SEED=${seed})`,
      async () => {
        for (let round = 0, events = 0; events < EVENTS; round++) {
          const parameters = { seed: seed + round, numRuns: LANES }
          const histories = fc.sample(aLongHistory, parameters)
          try {
            await Promise.all(histories.map(expectEqual))
          } catch (thrown) {
            // The same histories one after the other, so that the shortest that fails is found and told.
            await fc.assert(fc.asyncProperty(aLongHistory, expectEqual), parameters)
            throw thrown
          }
          events += histories.flat().reduce((sum, { fetch }) => sum + fetch.length, 0)
        }
      },
      TIMEOUT_MS,
    )
})
