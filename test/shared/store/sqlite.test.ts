import type { Database } from 'bun:sqlite'
import { afterEach, describe, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createEmbeddedDeadLetters } from '../../../conductor/dead-letters/embedded.ts'
import { createEmbeddedOwnedIndex } from '../../../conductor/owned/embedded.ts'
import { createEmbeddedBatchStore } from '../../../conductor/state/embedded.ts'
import { batchRegistered } from '../../../conductor/state/facts.ts'
import { createEmbeddedIdempotencyStore } from '../../../gateway/idempotency/embedded.ts'
import { createEmbeddedRunStore } from '../../../orchestrator/runs/embedded.ts'
import { batchId } from '../../../shared/ids.ts'
import { createProcessor } from '../../../shared/log/processor.ts'
import { createEmbeddedMarkers } from '../../../shared/store/marker/embedded.ts'
import { openDatabase } from '../../../shared/store/sqlite.ts'
import { createEmbeddedUploadStore } from '../../../simulator/content/embedded.ts'
import { changeOf, eventOf, openForReaders, origin, registration } from '../../conductor/state/support.ts'
import { register } from '../../orchestrator/support.ts'
import { silent } from '../../support/silent.ts'
import { until } from '../../support/until.ts'

const undo: (() => unknown)[] = []
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step()
})

const GROUP = 'facts'
const ID = batchId('b-1')
/** Fits no page that is there already. */
const LONG = 'x'.repeat(50_000)
const record = { topic: 't', partition: 0, offset: 0, timestamp: 0, key: null, value: new Uint8Array(), headers: {} }

const file = () => {
  const folder = mkdtempSync(join(tmpdir(), 'baton-sqlite-'))
  const path = join(folder, 'state.sqlite')
  const db = openDatabase(path)
  undo.push(
    () => rmSync(folder, { recursive: true }),
    () => db.close(),
  )
  return { path, db }
}

/** The file may grow no more, until there is room again. */
const fill = (db: Database) => {
  const { page_count } = db.query<{ page_count: number }, []>('PRAGMA page_count').get() ?? { page_count: 1 }
  db.exec(`PRAGMA max_page_count = ${page_count}`)
  return { makeRoom: () => db.exec('PRAGMA max_page_count = 1000000') }
}

const registeredWith = (courseCode: string) =>
  changeOf(ID, eventOf([batchRegistered(registration({ courseCode }), [], origin(1))]))

/** One write of each store that lies in a SQLite file. */
const WRITES: Readonly<Record<string, (db: Database) => () => Promise<unknown>>> = {
  batches(db) {
    const markers = createEmbeddedMarkers(db)
    openForReaders(markers)
    const store = createEmbeddedBatchStore({ db, markers, group: GROUP })
    return () => store.apply([registeredWith(LONG)])
  },
  runs(db) {
    const store = createEmbeddedRunStore(db)
    return () => store.register(ID, register({ registration: JSON.stringify({ text: LONG }) }))
  },
  markers(db) {
    const markers = createEmbeddedMarkers(db)
    const move = { field: LONG, expected: null, next: 1 }
    return () => markers.advance([{ bucket: 1, moves: [move] }])
  },
  'owned batches'(db) {
    const store = createEmbeddedOwnedIndex(db)
    return () => store.add([{ owner: { kind: 'user', id: LONG }, batchId: ID, registeredAt: 1 }])
  },
  'dead letters'(db) {
    const store = createEmbeddedDeadLetters({ db, markers: createEmbeddedMarkers(db), group: GROUP, retentionMs: 1 })
    const decision = { verdict: 'parked' as const, decidedBy: LONG, userId: null, decidedAt: 1 }
    return () => store.decide('t', 'l-1', decision)
  },
  'idempotency keys'(db) {
    const store = createEmbeddedIdempotencyStore({ db, clock: () => 1_000 })
    return () => store.reserve(LONG, { fingerprint: 'f', correlationId: 'c', owner: 'o', leaseMs: 1 })
  },
  uploads(db) {
    const store = createEmbeddedUploadStore(db)
    return async () => store.add({ batchId: ID, fileName: LONG, storageId: 's' })
  },
}

describe.each(Object.entries(WRITES))('a write of %s', (_, writeOf) => {
  test('that finds the disk full may work later, and does once there is room', async () => {
    const { db } = file()
    const write = writeOf(db)
    const { makeRoom } = fill(db)
    await expect(write()).rejects.toMatchObject({ name: 'PassingError', source: 'sqlite' })
    makeRoom()
    await write()
  })

  test('that finds the file locked may work later, and does once it is free', async () => {
    const { db, path } = file()
    const write = writeOf(db)
    db.exec('PRAGMA busy_timeout = 0')
    const other = openDatabase(path)
    undo.push(() => other.close())
    other.exec('BEGIN IMMEDIATE')
    await expect(write()).rejects.toMatchObject({ name: 'PassingError', source: 'sqlite' })
    other.exec('COMMIT')
    await write()
  })
})

test('what is no trouble of the file stays what it is', async () => {
  const { db } = file()
  const store = createEmbeddedOwnedIndex(db)
  db.exec('DROP TABLE owned')
  const failure = await store.count({ kind: 'user', id: 'ada' }).catch((thrown) => thrown)
  expect(failure).toMatchObject({ name: 'SQLiteError' })
})

describe('while the disk is full a partition is held, and goes on by itself once there is room', () => {
  const holding = (write: () => Promise<unknown>) => {
    const held: string[] = []
    const letters: unknown[] = []
    const process = createProcessor({
      service: 'test',
      decode: () => 'good',
      handle: async () => void (await write()),
      log: {
        async publish(messages) {
          letters.push(...messages)
          return []
        },
      },
      logger: silent,
      metrics: { deadLettered() {}, held: (_topic, source) => void held.push(source) },
      pause: { baseMs: 1, capMs: 5 },
    })
    const ending = new AbortController()
    undo.push(() => ending.abort())
    return { held, letters, done: process([record], { signal: ending.signal, heartbeat: async () => {} }) }
  }

  test("the conductor's facts", async () => {
    const { db } = file()
    const markers = createEmbeddedMarkers(db)
    openForReaders(markers, undefined, GROUP)
    const store = createEmbeddedBatchStore({ db, markers, group: GROUP })
    const { makeRoom } = fill(db)
    const { held, letters, done } = holding(() => store.apply([registeredWith(LONG)]))
    await until(() => held.length > 3, { timeoutMs: 5_000, what: 'the partition to be held' })
    expect((await store.read(ID, {})).registration).toBeNull()
    makeRoom()
    await done
    expect((await store.read(ID, {})).registration).toMatchObject({ courseCode: LONG })
    expect({ letters, held: [...new Set(held)] }).toEqual({ letters: [], held: ['sqlite'] })
  })

  test("the orchestrator's runs", async () => {
    const { db } = file()
    const store = createEmbeddedRunStore(db)
    const { makeRoom } = fill(db)
    const { held, letters, done } = holding(() => store.register(ID, register({ registration: LONG })))
    await until(() => held.length > 3, { timeoutMs: 5_000, what: 'the partition to be held' })
    expect(await store.read(ID)).toBeUndefined()
    makeRoom()
    await done
    expect((await store.read(ID))?.book.registration).toBe(LONG)
    expect({ letters, held: [...new Set(held)] }).toEqual({ letters: [], held: ['sqlite'] })
  })
})
