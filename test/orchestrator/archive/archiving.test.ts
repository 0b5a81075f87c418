import { expect, test } from 'bun:test'
import { createBookArchiving } from '../../../orchestrator/archive/archiving.ts'
import { createOutboxPublisher } from '../../../orchestrator/outbox.ts'
import { createEmbeddedRunStore } from '../../../orchestrator/runs/embedded.ts'
import { batchId } from '../../../shared/ids.ts'
import { openDatabase } from '../../../shared/store/sqlite.ts'
import { silent } from '../../support/silent.ts'
import { until } from '../../support/until.ts'
import { recordingLog, register, render } from '../support.ts'
import { memoryArchive } from './support.ts'

const ID = batchId('b-1')

/** A batch that was registered and said so; books go at once. */
const archiving = async (archive: ReturnType<typeof memoryArchive>['archive'] | undefined) => {
  const raw = createEmbeddedRunStore(openDatabase(':memory:'))
  const counts = { archived: 0, recalled: 0 }
  const metrics = { archived: () => void counts.archived++, recalled: () => void counts.recalled++ }
  const one = createBookArchiving({ store: raw, archive, expiryMs: 0, logger: silent, metrics })
  const publish = createOutboxPublisher({ log: recordingLog(), store: one.store, render, logger: silent })
  await publish(ID, await one.store.register(ID, register()))
  return { ...one, raw, counts }
}

test('books go once it is started, come back when they are asked for, and readiness knows the archive', async () => {
  const { archive, state } = memoryArchive()
  const { start, stop, store, archived, checks, counts, raw } = await archiving(archive)
  expect(counts.archived).toBe(0)
  start()
  await until(() => counts.archived > 0, { timeoutMs: 5_000, what: 'the book to go' })
  await stop()
  expect((await store.register(ID, register())).reply).toBe('known')
  expect(counts.recalled).toBe(1)
  const said = () => Promise.all(checks.map(({ check }) => check()))
  expect(await said()).toEqual([[]])
  const revision = (await raw.read(ID))?.book.revision ?? ''
  expect(await archived([ID])).toEqual(new Map([[ID, revision]]))
  state.away = true
  expect(await archived([ID])).toEqual(new Map())
  expect(await said()).toEqual([['the archive is away; it is caught up later']])
})

test('without an archive no book goes', async () => {
  const { start, stop, store, raw, checks } = await archiving(undefined)
  start()
  await stop()
  expect([store, checks]).toEqual([raw, []])
})
