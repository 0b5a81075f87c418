import { afterEach, expect, test } from 'bun:test'
import { createArchiveBatch } from '../../../conductor/archive/archive-batch.ts'
import { createRestoreBatch } from '../../../conductor/archive/restore.ts'
import { createArchiveStore } from '../../../conductor/archive/store.ts'
import { withArchive } from '../../../conductor/archive/with-archive.ts'
import {
  batchContent,
  batchRegistered,
  essayFailed,
  essayProvisioned,
  essaySucceeded,
} from '../../../conductor/state/facts.ts'
import { DefineResponse } from '../../../shared/contracts/http/conductor.ts'
import { batchId, essayId } from '../../../shared/ids.ts'
import { changeOf, embeddedStore, eventOf, origin, registration } from '../state/support.ts'
import { conductor } from '../support.ts'

const undo: (() => unknown)[] = []
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step()
})

const MONTH = 30 * 86_400_000
const B = batchId('b-1')
const essays = ['e1', 'e2'].map(essayId)

/** A batch that was registered, checked for spelling and archived, and whose state is gone. */
const expired = async () => {
  const { store: live, clock } = embeddedStore()
  const archive = createArchiveStore({ url: 'sqlite://:memory:' })
  undo.push(() => archive.close())
  await live.apply([
    changeOf(
      B,
      eventOf([
        batchRegistered(registration(), essays, origin(1)),
        batchContent('provisioned', origin(2)),
        ...essays.map((id) => essayProvisioned(id, origin(2), `text of ${id}`)),
        ...essays.map((id) => essaySucceeded(id, 'spellcheck', origin(3), `corrected ${id}`)),
      ]),
    ),
  ])
  const restore = createRestoreBatch(live, archive)
  await createArchiveBatch({ store: live, archive, restore, expiryMs: MONTH })(B)
  clock.now += 2 * MONTH * 1_000
  expect(await live.revision(B)).toBe('0')
  const store = withArchive(live, archive, { expiryMs: MONTH, clock: () => clock.now / 1_000 })
  const { post } = conductor({ store })
  const plan = async () =>
    DefineResponse.parse(
      await (
        await post('/internal/v1/pipelines/define', {
          batch_id: B,
          requested_pipeline: 'nlp',
          correlation_id: '4848e3a5-d5b1-4c67-972f-7fd205078a55',
          batch_metadata: { prompt_attached: true, prompt_source: 'cms' },
        })
      ).json(),
    )
  return { live, store, plan }
}

test('a plan for a batch whose state has expired runs nothing that was done', async () => {
  const { plan } = await expired()
  expect(await plan()).toMatchObject({ final_pipeline: ['nlp'], batch: { registered: true, content: 'ready' } })
})

test('nor does one after a late event, which counts as well', async () => {
  const { plan, live, store } = await expired()
  await live.apply([
    changeOf(
      B,
      eventOf([
        essayFailed(essays[0] ?? essayId(''), 'spellcheck', origin(9), { listed: true }),
        ...essays.map((id) => essaySucceeded(id, 'nlp', origin(9), null)),
      ]),
    ),
  ])
  expect(await plan()).toMatchObject({ final_pipeline: [] })
  expect((await store.read(B, { essays: 2 })).essays.map(({ text }) => text)).toEqual(['corrected e1', 'corrected e2'])
})
