import { afterEach, describe, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createShelving } from '../../../orchestrator/archive/shelving.ts'
import { createBookArchive } from '../../../orchestrator/archive/store.ts'
import { withArchive } from '../../../orchestrator/archive/with-archive.ts'
import type { RunStore } from '../../../orchestrator/runs/port.ts'
import { TOPICS } from '../../../shared/contracts/topics.ts'
import { batchId } from '../../../shared/ids.ts'
import { freshDatabase } from '../../conductor/archive/support.ts'
import { describePostgres } from '../../support/engines.ts'
import { silent } from '../../support/silent.ts'
import { answerOf, conductorWith, content, orchestrator, outcome, phase, request, start } from '../support.ts'

const DAY = 86_400_000
const undo: (() => Promise<unknown> | unknown)[] = []
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step()
})

/** What clients and services hear of a batch whose book has gone to the archive. */
const contract = (freshUrl: () => Promise<string> | string): void => {
  /** A batch of which nothing was heard for 40 days since its spellcheck failed. */
  const expired = async () => {
    const archive = createBookArchive({ url: await freshUrl() })
    undo.push(() => archive.close())
    const outcomes: string[] = []
    const held: RunStore[] = []
    const at = orchestrator({
      conductor: conductorWith({ phases: [{ phase: 'spellcheck', essays: ['e1', 'e2'] }] }).client,
      wrap(store) {
        held.push(store)
        return withArchive(store, archive, { recalled() {} })
      },
    })
    const [raw] = held
    if (!raw) throw new Error('the store was not wrapped')
    const { store, settle, clock } = at
    const upload = () =>
      at.post(
        '/v1/batches/register',
        { expected_essay_count: 2, essay_ids: ['e1', 'e2'], course_code: 'ENG5', user_id: 'ada' },
        { 'idempotency-key': 'upload-1' },
      )
    const id = batchId((await answerOf(await upload())).batch_id ?? '')
    const say = at.publish
    await say(id, await store.content(id, content()))
    await say(id, await store.request(id, request()))
    await say(id, await store.start(id, start({ phases: [phase()] })))
    await settle(id, await store.outcome(id, outcome({ processed: [], failed: ['e1', 'e2'] })))
    const shown = async () =>
      Promise.all(
        ['owner', 'runs', 'pipeline-state'].map(async (what) => {
          const response = await at.get(`/internal/v1/batches/${id}/${what}`)
          return [response.status, await response.json()]
        }),
      )
    const before = await shown()
    clock.now += 40 * DAY * 1_000
    const shelving = createShelving({
      ...{ store: raw, archive, expiryMs: 30 * DAY, logger: silent },
      clock: () => clock.now / 1_000,
      metrics: { archived: (what) => void outcomes.push(what) },
    })
    await shelving.sweep()
    expect(outcomes).toEqual(['shelved'])
    return { ...at, id, upload, shown, before }
  }

  test('its owner, its runs and its state are shown as before', async () => {
    const { shown, before } = await expired()
    expect(before.map(([status]) => status)).toEqual([200, 200, 200])
    expect(await shown()).toEqual(before)
  })

  test('a registration that is repeated is the same batch', async () => {
    const { upload, id, store } = await expired()
    const again = await upload()
    expect([again.status, (await answerOf(again)).batch_id]).toEqual([202, id])
    expect((await store.read(id))?.book.runs).toHaveLength(1)
  })

  test('what failed is retried, and the run stands beside the old one', async () => {
    const { post, id, store, log } = await expired()
    const retried = await post(`/internal/v1/batches/${id}/retry`, { user_id: 'ada', reason: 'the service was down' })
    expect(retried.status).toBe(202)
    expect((await store.read(id))?.book.runs).toMatchObject([{ status: 'failed' }, { status: 'processing' }])
    expect(log.topics().filter((topic) => topic === TOPICS.spellcheckCommand)).toHaveLength(2)
  })
}

describe('a batch whose book is archived in SQLite', () => {
  contract(() => {
    const folder = mkdtempSync(join(tmpdir(), 'baton-books-'))
    undo.unshift(() => rmSync(folder, { recursive: true }))
    return `sqlite://${join(folder, 'books.sqlite')}`
  })
})

describePostgres('a batch whose book is archived in Postgres', (databaseUrl) => {
  contract(async () => {
    const database = freshDatabase(databaseUrl)
    await database.create()
    undo.unshift(database.drop)
    return database.url
  })
})
