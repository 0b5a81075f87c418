import { afterEach, expect, test } from 'bun:test'
import type { ArchiveStore } from '../../../conductor/archive/port.ts'
import { createArchiveStore } from '../../../conductor/archive/store.ts'
import { createEmbeddedOwnedIndex } from '../../../conductor/owned/embedded.ts'
import { createConductor } from '../../../conductor/service.ts'
import { EssaysPage } from '../../../shared/contracts/http/lists.ts'
import { TOPICS } from '../../../shared/contracts/topics.ts'
import { batchId } from '../../../shared/ids.ts'
import { createEmbeddedLog } from '../../../shared/log/embedded/log.ts'
import { topicSpecs } from '../../../shared/log/topic-specs.ts'
import { openDatabase } from '../../../shared/store/sqlite.ts'
import { createCorrelationContext } from '../../../shared/telemetry/context.ts'
import { createMetrics } from '../../../shared/telemetry/metrics.ts'
import { freePort } from '../../support/free-port.ts'
import { silent } from '../../support/silent.ts'
import { until } from '../../support/until.ts'
import { embeddedLetters } from '../dead-letters/support.ts'
import { provisioned, registered, spellchecked } from '../messages.ts'
import { embeddedStore } from '../state/support.ts'
import { catalog, KEY } from '../support.ts'

const undo: (() => unknown)[] = []
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step()
})

const started = async (archive: ArchiveStore) => {
  undo.push(() => archive.close())
  const log = createEmbeddedLog({ path: ':memory:', logger: silent })
  undo.push(() => log.close())
  await log.ensureTopics(
    topicSpecs({ topics: Object.values(TOPICS), partitions: 2, stateExpiryMs: 86_400_000, maxBatchEssays: 100 }),
  )
  const { store, markers, clock } = embeddedStore()
  const one = createConductor({
    config: { CATCH_UP_WAIT_MS: 1_000, SLOW_REQUEST_MS: 10_000, ENVIRONMENT: 'test', STATE_EXPIRY_DAYS: 30 },
    version: '0',
    log,
    store,
    markers,
    archive,
    owned: createEmbeddedOwnedIndex(openDatabase(':memory:')),
    deadLetters: embeddedLetters().store,
    storeWarnings: async () => [],
    catalog,
    logger: silent,
    context: createCorrelationContext(),
    metrics: createMetrics('conductor'),
    internalKeys: [KEY],
    markerEveryMs: 20,
  })
  await one.start()
  undo.push(() => one.stop())
  const get = (path: string) =>
    one.app.request(path, { headers: { 'x-internal-api-key': KEY, 'x-service-id': 'test' } })
  return { log, get, store, clock }
}
const DAY_US = 86_400_000_000
const LIMIT = { timeoutMs: 10_000 }

test('the conductor archives what it projects, and answers from the archive for a batch that its state has not', async () => {
  const archive = createArchiveStore({ url: 'sqlite://:memory:' })
  const { log, get } = await started(archive)
  await log.publish([registered(batchId('b-1'), ['e1'])])
  await until(async () => (await archive.acknowledged(batchId('b-1'))) !== null, { ...LIMIT, what: 'the archive' })
  const archived = await archive.read(batchId('b-1'))
  if (!archived) throw new Error('it is archived')
  await archive.put({ snapshot: { ...archived, batchId: batchId('b-old') }, essays: [] })
  expect((await get('/internal/v1/batches/b-old/status')).status).toBe(200)
  expect(await (await get('/readyz')).json()).toMatchObject({ dependencies: { archive: { status: 'ready' } } })
})

test('state expires once it is archived; the batch is answered for all the same, and late events count', async () => {
  const archive = createArchiveStore({ url: 'sqlite://:memory:' })
  const { log, get, store, clock } = await started(archive)
  const id = batchId('b-1')
  const essays = async () =>
    EssaysPage.parse(await (await get('/internal/v1/batches/b-1/essay-statuses')).json()).essays
  await log.publish([registered(id, ['e1', 'e2']), provisioned(id, ['e1', 'e2'])])
  await until(
    async () => {
      const { archived, revision, content } = await store.read(id, {})
      return content === 'ready' && archived === revision
    },
    { ...LIMIT, what: 'the archive' },
  )
  clock.now += 29 * DAY_US
  expect(await store.revision(id)).not.toBe('0')
  clock.now += 2 * DAY_US
  expect(await store.revision(id)).toBe('0')
  expect(await essays()).toMatchObject([{ phases: {} }, { phases: {} }])
  await log.publish([spellchecked(id, 'e1')])
  await until(async () => (await store.revision(id)) !== '0', { ...LIMIT, what: 'the late event' })
  expect(await essays()).toMatchObject([
    { text_storage_id: 'corrected e1', phases: { spellcheck: { outcome: 'succeeded' } } },
    { text_storage_id: 'text of e2', phases: {} },
  ])
})

test('an archive that is away is a warning: the conductor is ready and answers for what it has', async () => {
  const archive = createArchiveStore({ url: `postgres://nobody@127.0.0.1:${await freePort()}/none` })
  const { log, get } = await started(archive)
  await log.publish([registered(batchId('b-1'), ['e1'], Date.now())])
  await until(async () => (await get('/internal/v1/batches/b-1/status')).ok, { ...LIMIT, what: 'the batch' })
  const ready = await get('/readyz')
  expect(ready.status).toBe(200)
  expect(await ready.json()).toMatchObject({
    dependencies: { archive: { warnings: [expect.stringContaining('later')] } },
  })
  const unknown = await get('/internal/v1/batches/nobody/status')
  expect(await unknown.json()).toMatchObject({ status: 503, code: 'SERVICE_UNAVAILABLE' })
})
