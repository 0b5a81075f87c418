import { afterEach, expect, test } from 'bun:test'
import type { ArchiveStore } from '../../../conductor/archive/port.ts'
import { createArchiveStore } from '../../../conductor/archive/store.ts'
import { createEmbeddedOwnedIndex } from '../../../conductor/owned/embedded.ts'
import { createConductor } from '../../../conductor/service.ts'
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
import { registered } from '../messages.ts'
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
  const { store, markers } = embeddedStore()
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
  return { log, get }
}
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
