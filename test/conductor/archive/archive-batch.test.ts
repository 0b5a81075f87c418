import { afterEach, describe, expect, test } from 'bun:test'
import { createArchiveBatch } from '../../../conductor/archive/archive-batch.ts'
import type { ArchiveStore } from '../../../conductor/archive/port.ts'
import { createRestoreBatch } from '../../../conductor/archive/restore.ts'
import { createArchiveStore } from '../../../conductor/archive/store.ts'
import { createArchiveSweeper } from '../../../conductor/archive/sweeper.ts'
import { batchRegistered, essaySucceeded, type Fact, runBook } from '../../../conductor/state/facts.ts'
import type { RequestVerdict, RunStatus } from '../../../shared/contracts/run-book.ts'
import { PassingError } from '../../../shared/errors.ts'
import { batchId, essayId } from '../../../shared/ids.ts'
import { silent } from '../../support/silent.ts'
import { bookOf, changeOf, embeddedStore, eventOf, origin, registration } from '../state/support.ts'
import { request, run } from './support.ts'

const undo: (() => unknown)[] = []
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step()
})

const HOUR = 3_600_000
const B = batchId('b-1')
const E1 = essayId('e-1')
const register = batchRegistered(registration(), [E1], origin(1))

const started = (over: Partial<ArchiveStore> = {}) => {
  const { store, clock } = embeddedStore()
  const sqlite = createArchiveStore({ url: 'sqlite://:memory:' })
  undo.push(() => sqlite.close())
  const archive = { ...sqlite, ...over }
  const archiveBatch = createArchiveBatch({
    store,
    archive,
    restore: createRestoreBatch(store, archive),
    expiryMs: HOUR,
  })
  const apply = (...facts: readonly Fact[]) => store.apply([changeOf(B, eventOf(facts))])
  const afterTheExpiry = async (): Promise<boolean> => {
    clock.now += 1_000 * HOUR
    return (await store.revision(B)) === '0'
  }
  return { store, clock, archive, archiveBatch, apply, afterTheExpiry }
}

test('state goes once it is archived, and the archive has all of it', async () => {
  const { archive, archiveBatch, apply, afterTheExpiry, store } = started()
  await apply(register)
  const { revision } = await store.read(B, {})
  expect(await archiveBatch(B)).toBe('expires')
  expect(await afterTheExpiry()).toBe(true)
  expect(await archive.acknowledged(B)).toBe(revision)
})

test('state never goes before the archive has acknowledged it', async () => {
  const { archiveBatch, apply, afterTheExpiry } = started({
    put: () => Promise.reject(new PassingError('postgres', '')),
  })
  await apply(register)
  await expect(archiveBatch(B)).rejects.toBeInstanceOf(PassingError)
  expect(await afterTheExpiry()).toBe(false)
})

describe('what is not over does not go', () => {
  const runs: readonly (readonly [RunStatus, boolean])[] = [
    ['processing', false],
    ['completed_successfully', true],
    ['failed', true],
    ['cancelled', true],
  ]
  test.each(runs)('the last run is %s: goes is %p', async (status, goes) => {
    const { archiveBatch, apply, afterTheExpiry } = started()
    await apply(register, runBook(bookOf(B, '5', { runs: [run('r-1', 1, status)] })))
    expect(await archiveBatch(B)).toBe(goes ? 'expires' : 'stays')
    expect(await afterTheExpiry()).toBe(goes)
  })

  const requests: readonly (readonly [RequestVerdict, boolean])[] = [
    ['waiting_for_content', false],
    ['planning', false],
    ['refused', true],
  ]
  test.each(requests)('the last request is %s: goes is %p', async (verdict, goes) => {
    const { archiveBatch, apply, afterTheExpiry } = started()
    await apply(register, runBook(bookOf(B, '5', { requests: [request(verdict)] })))
    expect(await archiveBatch(B)).toBe(goes ? 'expires' : 'stays')
    expect(await afterTheExpiry()).toBe(goes)
  })

  test('when the run has ended, its book lets the state go', async () => {
    const { archiveBatch, apply, afterTheExpiry } = started()
    await apply(register, runBook(bookOf(B, '5', { runs: [run('r-1', 1, 'processing')] })))
    await archiveBatch(B)
    await apply(runBook(bookOf(B, '6', { runs: [run('r-1', 1, 'failed')] })))
    expect(await archiveBatch(B)).toBe('expires')
    expect(await afterTheExpiry()).toBe(true)
  })
})

test('an event between the acknowledgement and the expiry is not lost: the state stays until it is archived as well', async () => {
  const put: ArchiveStore['put'] = async (batch) => {
    await sqlite.put(batch)
    await apply(essaySucceeded(E1, 'nlp', origin(2), null))
  }
  const sqlite = createArchiveStore({ url: 'sqlite://:memory:' })
  undo.push(() => sqlite.close())
  const { archiveBatch, apply, afterTheExpiry, store } = started({ ...sqlite, put })
  await apply(register)
  expect(await archiveBatch(B)).toBe('moved')
  expect(await afterTheExpiry()).toBe(false)
  expect(await store.unsettled({ quietMs: 0, leaseMs: HOUR, limit: 10 })).toEqual([B])
})

describe('the sweep', () => {
  const sweeping = (over: Partial<ArchiveStore> = {}) => {
    const at = started(over)
    const sweeper = createArchiveSweeper({ ...at, logger: silent, quietMs: 60_000 })
    return { ...at, sweeper }
  }

  test('archives what the log does not tell of again, once it has rested', async () => {
    const { apply, archiveBatch, sweeper, clock, store, archive, afterTheExpiry } = sweeping()
    await apply(register)
    await archiveBatch(B)
    await apply(essaySucceeded(E1, 'nlp', origin(2), null))
    await sweeper.sweep()
    expect((await archive.essays(B, 0, 1))[0]?.phases.size).toBe(0)
    clock.now += 60_000_000
    await sweeper.sweep()
    expect((await archive.essays(B, 0, 1))[0]?.phases.size).toBe(1)
    expect((await store.read(B, {})).archived).not.toBeNull()
    expect(await afterTheExpiry()).toBe(true)
  })

  test('goes on with others where one cannot be archived, and comes back to it', async () => {
    let away = true
    const sqlite = createArchiveStore({ url: 'sqlite://:memory:' })
    undo.push(() => sqlite.close())
    const put: ArchiveStore['put'] = (batch) =>
      away && batch.snapshot.batchId === B ? Promise.reject(new PassingError('postgres', '')) : sqlite.put(batch)
    const { apply, store, sweeper, clock, archive } = sweeping({ ...sqlite, put })
    const other = batchId('b-2')
    await apply(register)
    clock.now += 1
    await store.apply([changeOf(other, eventOf([register]))])
    clock.now += 60_000_000
    await sweeper.sweep()
    expect([await archive.acknowledged(B), await archive.acknowledged(other)]).toEqual([null, expect.any(String)])
    away = false
    clock.now += 60_000_000
    await sweeper.sweep()
    expect(await archive.acknowledged(B)).not.toBeNull()
  })

  test('leaves a batch that nobody registered alone until more is heard of it', async () => {
    const { apply, sweeper, clock, store, archive, afterTheExpiry } = sweeping()
    await apply(essaySucceeded(E1, 'nlp', origin(2), null))
    clock.now += 60_000_000
    await sweeper.sweep()
    expect(await store.unsettled({ quietMs: 0, leaseMs: HOUR, limit: 10 })).toEqual([])
    expect(await archive.read(B)).toBeUndefined()
    expect(await afterTheExpiry()).toBe(false)
    await apply(register)
    clock.now += 60_000_000
    await sweeper.sweep()
    expect((await archive.essays(B, 0, 1))[0]?.phases.size).toBe(1)
  })

  test('runs by itself until it is stopped', async () => {
    const { apply, clock, store, archiveBatch } = started()
    await apply(register)
    clock.now += 1_000
    const swept = Promise.withResolvers<void>()
    const sweeper = createArchiveSweeper({
      store,
      archiveBatch: (id) => archiveBatch(id).finally(() => swept.resolve()),
      logger: silent,
      quietMs: 0,
      everyMs: 1,
    })
    sweeper.start()
    await swept.promise
    await sweeper.stop()
    expect((await store.read(B, {})).archived).not.toBeNull()
  })
})
