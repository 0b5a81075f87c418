import { afterEach, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createArchiveBatch } from '../../../conductor/archive/archiver.ts'
import { createArchiveStore } from '../../../conductor/archive/store.ts'
import { withArchive } from '../../../conductor/archive/with-archive.ts'
import { batchContent, batchRegistered, essaySucceeded } from '../../../conductor/state/facts.ts'
import { wholeBatch } from '../../../conductor/state/whole-batch.ts'
import { PassingError } from '../../../shared/errors.ts'
import { batchId, essayId } from '../../../shared/ids.ts'
import { changeOf, embeddedStore, eventOf, origin, registration } from '../state/support.ts'

const undo: (() => unknown)[] = []
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step()
})

const B = batchId('b-1')
const essays = ['e-1', 'e-2', 'e-3'].map(essayId)

/** A batch that was archived, and a store in which its state has expired. */
const expired = async () => {
  const folder = mkdtempSync(join(tmpdir(), 'baton-archive-'))
  const archive = createArchiveStore({ url: `sqlite://${join(folder, 'archive.sqlite')}` })
  undo.push(
    () => rmSync(folder, { recursive: true }),
    () => archive.close(),
  )
  const before = embeddedStore().store
  const facts = [
    batchRegistered(registration(), essays, origin(1)),
    batchContent('ready', origin(2)),
    essaySucceeded(essayId('e-2'), 'spellcheck', origin(3), 'corrected'),
  ]
  await before.apply([changeOf(B, eventOf(facts))])
  await createArchiveBatch(before, archive)(B)
  const { store: live, clock } = embeddedStore()
  clock.now += 1_000
  return { archive, live, before: await wholeBatch(before, B), store: withArchive(live, archive) }
}

test('after the state has expired a batch reads as it was archived, page by page too', async () => {
  const { store, before } = await expired()
  expect(await wholeBatch(store, B)).toEqual(before)
  expect(await store.revision(B)).toBe(before.snapshot.revision)
  const { factsRevision } = before.snapshot
  const read = await store.read(B, { essays: 2 })
  expect(read.essays).toEqual(before.essays.slice(0, 2))
  expect(read.book).toBeNull()
  const page = await store.essays(B, { factsRevision, first: 1, count: 1 })
  expect(page).toEqual({ moved: false, essays: before.essays.slice(1, 2), next: 2 })
  expect(await store.essays(B, { factsRevision: '7', first: 0, count: 1 })).toMatchObject({ moved: true })
})

test('late events of an expired batch do not hide what was archived', async () => {
  const { store, live, before } = await expired()
  await live.apply([changeOf(B, eventOf([essaySucceeded(essayId('e-9'), 'nlp', origin(9), null)]))])
  expect((await store.read(B, {})).tally).toEqual(before.snapshot.tally)
})

test('state that is there is never read from the archive', async () => {
  const { store, live, before } = await expired()
  await live.apply([changeOf(B, eventOf([batchRegistered(registration({ userId: 'bo' }), essays, origin(1))]))])
  expect((await store.read(B, {})).registration?.userId).toBe('bo')
  const { factsRevision } = before.snapshot
  expect(await store.essays(B, { factsRevision, first: 0, count: 3 })).toMatchObject({ moved: true })
})

test('a batch of which nothing was ever known is unknown; while the database is away it may not be said to be', async () => {
  const { store, live, archive } = await expired()
  expect((await store.read(batchId('b-2'), {})).revision).toBe('0')
  const away = withArchive(live, { ...archive, read: () => Promise.reject(new PassingError('postgres', 'away')) })
  await expect(away.read(batchId('b-2'), {})).rejects.toBeInstanceOf(PassingError)
})
