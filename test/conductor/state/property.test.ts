import { afterAll, describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import type { Essay, Snapshot } from '../../../conductor/state/port.ts'
import { parseSignature } from '../../../conductor/state/signature.ts'
import { bucketOf } from '../../../shared/buckets.ts'
import type { BatchId } from '../../../shared/ids.ts'
import { describeRedis, uniquePrefix } from '../../support/engines.ts'
import { changesOf, plain, SEEDS, signatureOf, withoutSettled } from './compare.ts'
import { aHistory, BATCHES, type Heard } from './histories.ts'
import { createOracle } from './oracle.ts'
import { embeddedStore, redisForTests, redisStore, type TestStore } from './support.ts'

/** The tally that the essays themselves add up to. */
const tallyOfEssays = (essays: readonly Essay[]): unknown => countBy(essays.map(({ signature }) => signature))
const countBy = (names: readonly string[]): Record<string, number> => {
  const counts: Record<string, number> = {}
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1
  return counts
}

/** The essays of each signature, by their ids' bytes. */
const namedOfEssays = (essays: readonly Essay[], count: number) =>
  [...Map.groupBy(essays, ({ signature }) => signature)]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([signature, of]) => ({
      signature: parseSignature(signature),
      essayIds: of
        .map(({ essayId }) => essayId)
        .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
        .slice(0, count),
    }))

const MARKS = { succeeded: '+', failed_settled: '-', failed_unsettled: '~' } as const
const tallyOfSnapshot = ({ tally }: Snapshot): unknown =>
  Object.fromEntries(
    tally.map(({ signature, count }) => [
      [
        ...(signature.refused ? ['!'] : []),
        ...[...signature.phases].map(([phase, fact]) => phase + MARKS[fact]),
      ].join(),
      count,
    ]),
  )

/** Applies a history to one store, held against the oracle after every fetch. */
const holdsAgainstOracle = async ({ store, clock }: TestStore, history: readonly (readonly Heard[])[]) => {
  const oracles = new Map<BatchId, ReturnType<typeof createOracle>>()
  const trail: unknown[] = []
  for (const fetch of history) {
    const changes = changesOf(fetch)
    clock.now += 1
    trail.push(await store.apply(changes))
    for (const change of changes) {
      const oracle = oracles.get(change.batchId) ?? createOracle()
      oracles.set(change.batchId, oracle)
      oracle.hear(change)
      const after = [0, 1, 2].map((n) => ({ partition: `t|${n}`, offset: oracle.position(`t|${n}`) }))
      const known = after.filter(({ offset }) => offset >= 0)
      const snapshot = await store.read(change.batchId, { essays: 100, book: true, after: known, named: 2 })
      expect(snapshot.registration).toEqual(oracle.registration())
      expect(snapshot.book).toEqual(oracle.book())
      expect(snapshot.reached).toBe(true)
      expect<unknown>(snapshot.essays.map(plain)).toEqual(oracle.essays().map(withoutSettled))
      expect(tallyOfSnapshot(snapshot)).toEqual(tallyOfEssays(snapshot.essays))
      expect(snapshot.essays.map(({ signature }) => signature)).toEqual(oracle.essays().map(signatureOf))
      expect(snapshot.named).toEqual(namedOfEssays(snapshot.essays, 2))
      trail.push(snapshot)
    }
  }
  return trail
}

describe('any order, any repeats, any conflicts', () => {
  for (const seed of SEEDS)
    test(`leave the embedded store equal to the plain model (BATON_SEED=${seed})`, async () => {
      const property = fc.asyncProperty(aHistory(12), async (history) => {
        await holdsAgainstOracle(embeddedStore(), history)
      })
      await fc.assert(property, { seed, numRuns: 150 })
    }, 30_000)
})

describeRedis('any order, any repeats, any conflicts, on Redis', (url) => {
  const redis = redisForTests(url)
  afterAll(() => redis.close())

  for (const seed of SEEDS)
    test(`leave Redis, the embedded store and the plain model equal, and give equal answers (BATON_SEED=${seed})`, async () => {
      const property = fc.asyncProperty(aHistory(12), async (history) => {
        const inRedis = await holdsAgainstOracle(redisStore(redis, uniquePrefix(), BATCHES.map(bucketOf)), history)
        expect(inRedis).toEqual(await holdsAgainstOracle(embeddedStore(), history))
      })
      await fc.assert(property, { seed, numRuns: 150 })
    }, 30_000)
})
