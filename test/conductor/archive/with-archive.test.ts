import { afterEach, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SQL } from 'bun'
import { createArchiveBatch } from '../../../conductor/archive/archive-batch.ts'
import { createRestoreBatch } from '../../../conductor/archive/restore.ts'
import { createArchiveStore } from '../../../conductor/archive/store.ts'
import { withArchive } from '../../../conductor/archive/with-archive.ts'
import {
  batchContent,
  batchRegistered,
  essayFailed,
  essayProvisioned,
  essayRefused,
  essaySucceeded,
  type Fact,
} from '../../../conductor/state/facts.ts'
import type { Essay } from '../../../conductor/state/port.ts'
import { wholeBatch } from '../../../conductor/state/whole-batch.ts'
import { PassingError } from '../../../shared/errors.ts'
import { batchId, essayId } from '../../../shared/ids.ts'
import { changeOf, embeddedStore, eventOf, origin, registration } from '../state/support.ts'

const undo: (() => unknown)[] = []
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step()
})

const MONTH = 30 * 86_400_000
const B = batchId('b-1')
const essays = ['e-1', 'e-2', 'e-3'].map(essayId)

/** A batch that was archived, and a store in which its state has expired. */
const expired = async (more: readonly Fact[] = []) => {
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
    ...more,
  ]
  await before.apply([changeOf(B, eventOf(facts))])
  await createArchiveBatch({ store: before, archive, restore: createRestoreBatch(before, archive), expiryMs: MONTH })(B)
  const { store: live, clock } = embeddedStore()
  clock.now += 1_000
  const now = () => clock.now / 1_000
  const store = withArchive(live, archive, { expiryMs: MONTH, clock: now })
  return { archive, folder, live, clock: now, before: await wholeBatch(before, B), store }
}

test('after the state has expired a batch reads as it was archived, page by page too', async () => {
  const { store, before } = await expired()
  expect(await wholeBatch(store, B)).toEqual(before)
  expect(await store.revision(B)).toBe(before.snapshot.revision)
  const { factsRevision } = before.snapshot
  const read = await store.read(B, { essays: 2, named: 1 })
  expect(read.essays).toEqual(before.essays.slice(0, 2))
  expect(read.named.map(({ signature, essayIds }) => [signature.phases.get('spellcheck'), essayIds])).toEqual([
    [undefined, [essayId('e-1')]],
    ['succeeded', [essayId('e-2')]],
  ])
  expect(read.book).toBeNull()
  const page = await store.essays(B, { factsRevision, first: 1, count: 1 })
  expect(page).toEqual({ moved: false, essays: before.essays.slice(1, 2), next: 2 })
  // Also for who read the batch a moment before it expired.
  for (const passed of ['7', '0'])
    expect(await store.essays(B, { factsRevision: passed, first: 0, count: 1 })).toEqual({ moved: true, factsRevision })
})

test('a late event of an expired batch counts beside what was archived, and moves the revisions on', async () => {
  const { store, live, before } = await expired()
  await live.apply([
    changeOf(
      B,
      eventOf([
        essaySucceeded(essayId('e-1'), 'spellcheck', origin(9), 'late'),
        // Success outranks this, and the archived success is all there is to say so.
        essayFailed(essayId('e-2'), 'spellcheck', origin(10), { listed: true }),
      ]),
    ),
  ])
  const { factsRevision, revision } = before.snapshot
  expect(await store.essays(B, { factsRevision, first: 0, count: 3 })).toMatchObject({ moved: true })
  const read = await store.read(B, { essays: 3 })
  expect(read.essays.map(({ text, signature }) => [text, signature])).toEqual([
    ['late', 'spellcheck+'],
    ['corrected', 'spellcheck+'],
    [null, ''],
  ])
  expect(read.content).toBe('ready')
  expect(Number(read.factsRevision)).toBeGreaterThan(Number(revision))
  expect(await store.read(B, { essays: 3 })).toEqual(read)
})

test('an earlier registration that was archived stands against one that is heard again', async () => {
  const { store, live } = await expired()
  await live.apply([changeOf(B, eventOf([batchRegistered(registration({ userId: 'bo' }), essays, origin(5))]))])
  expect((await store.read(B, {})).registration?.userId).toBe('teacher-1')
})

test('state that was archived itself is not looked up again', async () => {
  const { archive } = await expired()
  const { store: live, clock } = embeddedStore()
  const lookUp = () => Promise.reject(new Error('not to be asked'))
  const store = withArchive(live, { ...archive, read: lookUp }, { expiryMs: MONTH, clock: () => clock.now / 1_000 })
  await live.apply([changeOf(B, eventOf([batchRegistered(registration(), essays, origin(1))]))])
  const { revision } = await live.read(B, {})
  await live.settle(B, { revision, archived: true, expiresMs: null })
  expect((await store.read(B, {})).revision).toBe(revision)
})

test('while the database is away a batch is answered for that cannot have expired yet, and no other', async () => {
  const { live, archive, clock } = await expired()
  const away = withArchive(
    live,
    { ...archive, read: () => Promise.reject(new PassingError('postgres', 'away')) },
    { expiryMs: MONTH, clock },
  )
  const register = (registeredAt: number, userId: string) =>
    live.apply([changeOf(B, eventOf([batchRegistered(registration({ registeredAt, userId }), essays, origin(9))]))])
  await live.apply([changeOf(B, eventOf([essaySucceeded(essayId('e-1'), 'nlp', origin(9), null)]))])
  await expect(away.read(B, {})).rejects.toBeInstanceOf(PassingError)
  await register(clock() - 1_000, 'young')
  expect((await away.read(B, {})).registration?.userId).toBe('young')
  await live.apply([
    changeOf(B, eventOf([batchRegistered(registration({ registeredAt: clock() - MONTH }), essays, origin(1))])),
  ])
  await expect(away.read(B, {})).rejects.toBeInstanceOf(PassingError)
})

test('a batch of which nothing was ever known is unknown; while the database is away it may not be said to be', async () => {
  const { store, live, archive, clock } = await expired()
  expect((await store.read(batchId('b-2'), {})).revision).toBe('0')
  const away = withArchive(
    live,
    { ...archive, read: () => Promise.reject(new PassingError('postgres', 'away')) },
    { expiryMs: MONTH, clock },
  )
  await expect(away.read(batchId('b-2'), {})).rejects.toBeInstanceOf(PassingError)
})

test('a row of before registers were archived merges with what is heard later as if it had them', async () => {
  const { store, live, before, folder, archive } = await expired([
    essayFailed(essayId('e-1'), 'spellcheck', origin(4), { listed: true, errorCode: 'TOO_LONG' }),
    essayFailed(essayId('e-2'), 'nlp', origin(4), {}),
    essayRefused(essayId('e-3'), origin(4), 'EMPTY'),
    essayProvisioned(essayId('e-1'), origin(3), 'text-1'),
  ])
  const sql = new SQL(`sqlite://${join(folder, 'archive.sqlite')}`)
  await sql`UPDATE archived_batches SET registers = NULL`
  await sql`UPDATE archived_essays SET registers = NULL`
  await sql.close()
  const told = ({ registers: _, ...essay }: Essay) => essay
  expect((await archive.essays(B, 0, 10)).map(told)).toEqual(before.essays.map(told))

  // What the log says again changes nothing; what it says anew counts.
  await live.apply([
    changeOf(
      B,
      eventOf([
        batchRegistered(registration({ userId: 'bo' }), essays, origin(Date.now() * 1_000)),
        essayProvisioned(essayId('e-2'), origin(2), 'text-2'),
        essayFailed(essayId('e-2'), 'spellcheck', origin(9), { listed: true }),
        essaySucceeded(essayId('e-2'), 'nlp', origin(9), null),
      ]),
    ),
  ])
  const after = await wholeBatch(store, B)
  expect(after.snapshot).toMatchObject({ registration: before.snapshot.registration, content: 'ready' })
  const [first, second, third] = after.essays
  expect([first, third].map((essay) => essay && told(essay))).toEqual(
    [before.essays[0], before.essays[2]].map((essay) => essay && told(essay)),
  )
  expect(second).toMatchObject({ text: 'corrected', signature: 'nlp+,spellcheck+' })
})
