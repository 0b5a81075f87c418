import { afterEach, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createArchiveBatch } from '../../../conductor/archive/archive-batch.ts'
import { consumeForArchive } from '../../../conductor/archive/archiver.ts'
import type { ArchiveStore } from '../../../conductor/archive/port.ts'
import { createRestoreBatch } from '../../../conductor/archive/restore.ts'
import { createArchiveStore } from '../../../conductor/archive/store.ts'
import { createArchiveSweeper } from '../../../conductor/archive/sweeper.ts'
import { consumeFacts } from '../../../conductor/consumer.ts'
import { createEmbeddedOwnedIndex } from '../../../conductor/owned/embedded.ts'
import { FACTS_GROUP } from '../../../conductor/service.ts'
import type { BatchStore } from '../../../conductor/state/port.ts'
import { createReadWhenReached } from '../../../conductor/state/read-when-reached.ts'
import { createUnapplied } from '../../../conductor/unapplied.ts'
import { TOPICS } from '../../../shared/contracts/topics.ts'
import { PassingError } from '../../../shared/errors.ts'
import { batchId } from '../../../shared/ids.ts'
import { createEmbeddedLog } from '../../../shared/log/embedded/log.ts'
import { topicSpecs } from '../../../shared/log/topic-specs.ts'
import { sleep } from '../../../shared/retry.ts'
import { createWriteCounts } from '../../../shared/store/marker/write-counts.ts'
import { openDatabase } from '../../../shared/store/sqlite.ts'
import { createMetrics } from '../../../shared/telemetry/metrics.ts'
import { describeOwnEngines } from '../../engines/describe.ts'
import { createPostgresNode } from '../../engines/postgres.ts'
import { silent } from '../../support/silent.ts'
import { until } from '../../support/until.ts'
import { analysed, provisioned, registered, spellchecked, withFeedback } from '../messages.ts'
import { embeddedStore } from '../state/support.ts'
import { catalog } from '../support.ts'

const undo: (() => unknown)[] = []
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step()
})

const B = batchId('b-1')
const LIMIT = { timeoutMs: 15_000 }

const archiving = (store: BatchStore, archive: ArchiveStore) =>
  createArchiveBatch({ store, archive, restore: createRestoreBatch(store, archive), expiryMs: 86_400_000 })

/** Projection and archive on one embedded log. */
const running = async (archive: ArchiveStore) => {
  const log = createEmbeddedLog({ path: ':memory:', logger: silent })
  undo.push(() => log.close())
  await log.ensureTopics(
    topicSpecs({ topics: Object.values(TOPICS), partitions: 2, stateExpiryMs: 86_400_000, maxBatchEssays: 100 }),
  )
  const { store } = embeddedStore()
  const metrics = createMetrics('conductor')
  await consumeFacts({
    log,
    store,
    owned: createEmbeddedOwnedIndex(openDatabase(':memory:')),
    catalog,
    logger: silent,
    metrics: metrics.conductor,
    processorMetrics: metrics.processor,
    group: FACTS_GROUP,
    writes: createWriteCounts(),
    unapplied: createUnapplied(),
  })
  const archiver = await consumeForArchive({
    log,
    archiveBatch: archiving(store, archive),
    readWhenReached: createReadWhenReached({ store, clock: Date.now, sleep, limitMs: 1_000 }),
    logger: silent,
    processorMetrics: metrics.processor,
  })
  /** Whether the archive has all that the state has. */
  const isArchived = async (id = B) => {
    const { revision, archived } = await store.read(id, {})
    return archived === revision && (await archive.acknowledged(id)) === revision
  }
  return { log, store, archiver, isArchived }
}

const sqlite = (): ArchiveStore => {
  const folder = mkdtempSync(join(tmpdir(), 'baton-archive-'))
  const archive = createArchiveStore({ url: `sqlite://${join(folder, 'archive.sqlite')}` })
  undo.push(
    () => rmSync(folder, { recursive: true }),
    () => archive.close(),
  )
  return archive
}

test('what the log tells of a batch is archived, essays and all, once it is applied', async () => {
  const archive = sqlite()
  const { log, store, isArchived } = await running(archive)
  await log.publish([registered(B, ['e1', 'e2']), provisioned(B, ['e1', 'e2'])])
  await until(() => isArchived(), { ...LIMIT, what: 'the batch to be archived' })
  const { essays: _, ...state } = await store.read(B, { book: true })
  expect(await archive.read(B)).toMatchObject(state)
  expect((await archive.essays(B, 0, 10)).map(({ essayId, text }) => [String(essayId), text])).toEqual([
    ['e1', 'text of e1'],
    ['e2', 'text of e2'],
  ])
})

const PER_ESSAY = [
  ['spellcheck', spellchecked],
  ['language analysis', analysed],
  ['feedback', withFeedback],
] as const

test.each(PER_ESSAY)("an essay's %s alone does not archive its batch; the sweep does", async (_, eventOf) => {
  const archive = sqlite()
  const puts: string[] = []
  const counted: ArchiveStore = {
    ...archive,
    async put(batch) {
      puts.push(batch.snapshot.batchId)
      await archive.put(batch)
    },
  }
  const { log, store, archiver, isArchived } = await running(counted)
  await log.publish([registered(B, ['e1'])])
  await until(() => isArchived(), { ...LIMIT, what: 'the batch to be archived' })
  await log.publish([eventOf(B, 'e1')])
  await until(async () => (await store.read(B, { essays: 1 })).essays[0]?.phases.size, { ...LIMIT, what: 'the essay' })
  await until(() => archiver.lag().every(({ lag }) => lag === 0), { ...LIMIT, what: 'the archiver to have read all' })
  expect(puts).toEqual([B])
  const sweeper = createArchiveSweeper({ store, archiveBatch: archiving(store, counted), logger: silent, quietMs: 0 })
  await sweeper.sweep()
  expect(await isArchived()).toBe(true)
  expect(puts).toEqual([B, B])
})

test('a batch that nobody registered is not archived, and does not replace one that is', async () => {
  const archive = sqlite()
  const { log, store } = await running(archive)
  await log.publish([provisioned(B, ['e1'])])
  await until(async () => (await store.read(B, {})).revision !== '0', { ...LIMIT, what: 'the event to be projected' })
  expect(await archiving(store, archive)(B)).toBe('unregistered')
  expect(await archive.read(B)).toBeUndefined()
})

test('records that cannot be read are left to the projection, and hold nothing up', async () => {
  const archive = sqlite()
  const { log, isArchived } = await running(archive)
  await log.publish([
    { topic: TOPICS.essaysRegistered, key: B, value: 'no json', headers: {} },
    { topic: TOPICS.runChanged, key: B, value: '{}', headers: {} },
    registered(B, ['e1']),
  ])
  await until(() => isArchived(), { ...LIMIT, what: 'the batch to be archived' })
})

test('while the database is away projection goes on, and the archive catches up', async () => {
  const archive = sqlite()
  let away = true
  const put: ArchiveStore['put'] = (batch) =>
    away ? Promise.reject(new PassingError('postgres', 'away')) : archive.put(batch)
  const { log, store, isArchived } = await running({ ...archive, put })
  const ids = Array.from({ length: 20 }, (_, n) => batchId(`b-${n}`))
  await log.publish(ids.map((id) => registered(id, ['e1'])))
  await until(async () => (await Promise.all(ids.map((id) => store.read(id, {})))).every((one) => one.registration), {
    ...LIMIT,
    what: 'all batches to be projected',
  })
  expect(await Promise.all(ids.map((id) => archive.acknowledged(id)))).toEqual(ids.map(() => null))
  away = false
  await until(async () => (await Promise.all(ids.map((id) => isArchived(id)))).every(Boolean), {
    ...LIMIT,
    what: 'the archive to catch up',
  })
})

describeOwnEngines('with a Postgres that is killed', (programs) => {
  test('nothing that it acknowledged is lost, and what came meanwhile follows', async () => {
    const node = await createPostgresNode(await programs())
    undo.push(() => node.dispose())
    await node.start()
    const archive = createArchiveStore({ url: node.address })
    undo.push(() => archive.close())
    const { log, store, isArchived } = await running(archive)
    await log.publish([registered(B, ['e1'])])
    await until(() => isArchived(), { ...LIMIT, what: 'the first batch to be archived' })
    const first = await archive.read(B)
    await node.kill()
    const second = batchId('b-2')
    await log.publish([registered(second, ['e1', 'e2'])])
    await until(async () => (await store.read(second, {})).registration, {
      ...LIMIT,
      what: 'the second to be projected',
    })
    await expect(archive.ping()).rejects.toBeInstanceOf(PassingError)
    await node.start()
    await until(() => isArchived(second), { timeoutMs: 20_000, what: 'the archive to catch up' })
    expect(await archive.read(B)).toEqual(first)
  }, 60_000)
})
