import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SQL } from 'bun'
import fc from 'fast-check'
import { createArchiveBatch } from '../../../conductor/archive/archive-batch.ts'
import type { ArchiveStore } from '../../../conductor/archive/port.ts'
import { createRestoreBatch } from '../../../conductor/archive/restore.ts'
import { createArchiveStore } from '../../../conductor/archive/store.ts'
import { withArchive } from '../../../conductor/archive/with-archive.ts'
import { batchRegistered } from '../../../conductor/state/facts.ts'
import type { BatchStore } from '../../../conductor/state/port.ts'
import { wholeBatch } from '../../../conductor/state/whole-batch.ts'
import { bucketOf } from '../../../shared/buckets.ts'
import { PassingError } from '../../../shared/errors.ts'
import { describePostgres, describeRedis, uniquePrefix } from '../../support/engines.ts'
import { changesOf, SEEDS } from '../state/compare.ts'
import { aHistory, BATCHES, ESSAYS, type Heard } from '../state/histories.ts'
import { embeddedStore, origin, redisForTests, redisStore, registration, type TestStore } from '../state/support.ts'
import { freshDatabase } from './support.ts'

const MONTH = 30 * 86_400_000

/**
 * What happens to all batches between two fetches: nothing; they are archived, and go where they may; or the archive takes
 * them and whoever asked it crashes; or somebody reads them.
 */
const STEPS = ['nothing', 'expire', 'crash', 'read'] as const
type Step = (typeof STEPS)[number]

/** Every registration names all essays: what is heard of others goes with the state. */
const registeringAll = (history: readonly (readonly Heard[])[]): typeof history =>
  history.map((fetch) =>
    fetch.map(({ batchId, event }) => {
      const facts = event.facts.map((fact) => (fact.kind === 'registration' ? { ...fact, essayIds: ESSAYS } : fact))
      return { batchId, event: { ...event, facts } }
    }),
  )
/** So that there is something to archive from the start; earlier registrations may still come. */
const registered = BATCHES.map((batchId): Heard => {
  const facts = [batchRegistered(registration(), ESSAYS, origin(3, 100))]
  return { batchId, event: { partition: 't|0', offset: 100, facts } }
})
/** In each something expires at once, whatever the seed brings later. */
const aLife = fc.tuple(
  aHistory(14).map((history) => [registered, ...registeringAll(history)]),
  fc.array(fc.constantFrom(...STEPS), { minLength: 13 }).map((steps): readonly Step[] => ['expire', ...steps]),
)

/** All that is known of all batches; when it became known does not matter. */
const factsOf = (store: BatchStore) =>
  Promise.all(
    BATCHES.map(async (id) => {
      const { snapshot, essays } = await wholeBatch(store, id)
      const { registration, book, content, tally, registers } = snapshot
      return { registration, book, content, tally, registers, essays }
    }),
  )

/** Lives through a history with expiries in the middle of it, and is held against a store in which nothing ever expires. */
const equalsWithoutExpiry = async (
  { store: live, clock }: TestStore,
  archive: ArchiveStore,
  [history, steps]: readonly [readonly (readonly Heard[])[], readonly Step[]],
): Promise<number> => {
  const control = embeddedStore(BATCHES.map(bucketOf)).store
  const store = withArchive(live, archive, { expiryMs: MONTH, clock: () => clock.now / 1_000 })
  const parts = { archive, restore: createRestoreBatch(live, archive), expiryMs: MONTH }
  const archiveBatch = createArchiveBatch({ ...parts, store: live })
  const crash = () => Promise.reject(new PassingError('redis', 'gone'))
  const crashing = createArchiveBatch({ ...parts, store: { ...live, settle: crash } })
  let expired = 0
  const take: Readonly<Record<Step, () => Promise<unknown>>> = {
    nothing: async () => {},
    async expire() {
      // So late that state goes at the moment at which it may.
      clock.now += 2 * MONTH * 1_000
      const outcomes = await Promise.all(BATCHES.map(archiveBatch))
      expired += outcomes.filter((outcome) => outcome === 'expires').length
    },
    crash: () => Promise.allSettled(BATCHES.map(crashing)),
    read: () => factsOf(store),
  }
  for (const [n, fetch] of history.entries()) {
    clock.now += 1
    await live.apply(changesOf(fetch))
    await control.apply(changesOf(fetch))
    await take[steps[n] ?? 'nothing']()
  }
  expect(await factsOf(store)).toEqual(await factsOf(control))
  return expired
}

const holds = (seed: number, runs: number, create: () => TestStore, archive: ArchiveStore, clear: SQL): void => {
  test(`late events and what was archived are together what they would be without expiry (BATON_SEED=${seed})`, async () => {
    let expired = 0
    await archive.ping()
    const property = fc.asyncProperty(aLife, async (life) => {
      for (const table of ['batches', 'essays', 'runs']) await clear.unsafe(`DELETE FROM archived_${table}`)
      expired += await equalsWithoutExpiry(create(), archive, life)
    })
    await fc.assert(property, { seed, numRuns: runs })
    expect(expired).toBeGreaterThan(runs)
  }, 60_000)
}

/** On both stores, with one archive. */
const onBothStores = (archive: ArchiveStore, clear: SQL, runs: number): void => {
  for (const seed of SEEDS) {
    describe('embedded', () => holds(seed, runs, () => embeddedStore(BATCHES.map(bucketOf)), archive, clear))
    describeRedis('on Redis', (url) => {
      const redis = redisForTests(url)
      afterAll(() => redis.close())
      holds(seed, runs, () => redisStore(redis, uniquePrefix(), BATCHES.map(bucketOf)), archive, clear)
    })
  }
}

describe('with an archive in SQLite', () => {
  const folder = mkdtempSync(join(tmpdir(), 'baton-merge-'))
  const url = `sqlite://${join(folder, 'archive.sqlite')}`
  const [archive, clear] = [createArchiveStore({ url }), new SQL(url)]
  afterAll(async () => {
    await Promise.all([archive.close(), clear.close()])
    rmSync(folder, { recursive: true })
  })
  onBothStores(archive, clear, 30)
})

describePostgres('with an archive in Postgres', (databaseUrl) => {
  const fresh = freshDatabase(databaseUrl)
  const [archive, clear] = [createArchiveStore({ url: fresh.url }), new SQL(fresh.url)]
  beforeAll(fresh.create)
  afterAll(async () => {
    await Promise.all([archive.close(), clear.close()])
    await fresh.drop()
  })
  onBothStores(archive, clear, 15)
})
