import type { Database } from 'bun:sqlite'
import { bucketOf } from '../../shared/buckets.ts'
import { type BatchId, batchId } from '../../shared/ids.ts'
import { withFailuresTyped } from '../../shared/store/sqlite.ts'
import { embeddedShelf } from './embedded-shelf.ts'
import { applyTransition } from './model/apply.ts'
import type { Book } from './model/book.ts'
import type { Draft } from './model/draft.ts'
import { HELD_US } from './model/draft.ts'
import { OutboxEntry } from './model/outbox-entry.ts'
import { Pause } from './model/pause.ts'
import { readAnyway, readStored } from './model/shelf.ts'
import type { Reply, RunStore, TimerKind, Transitioned } from './port.ts'
import { transitionsOver } from './transitions/index.ts'

const TABLES = `
  CREATE TABLE IF NOT EXISTS books (batch_id TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS outbox (
    batch_id TEXT NOT NULL, seq INTEGER NOT NULL, body TEXT NOT NULL, PRIMARY KEY (batch_id, seq)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS timers (
    bucket INTEGER NOT NULL, kind TEXT NOT NULL, batch_id TEXT NOT NULL, due INTEGER NOT NULL,
    PRIMARY KEY (bucket, kind, batch_id)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS timers_due ON timers (bucket, due);
  CREATE TABLE IF NOT EXISTS pauses (phase TEXT PRIMARY KEY, paused INTEGER NOT NULL, at INTEGER NOT NULL, body TEXT NOT NULL) STRICT;
`

/** Runs in SQLite: the reducers over a row, in one transaction each. */
export const createEmbeddedRunStore = (
  db: Database,
  { clock = () => Date.now() * 1_000 }: { readonly clock?: () => number } = {},
): RunStore => {
  db.exec(TABLES)
  const load = db.query<{ body: string }, [string]>('SELECT body FROM books WHERE batch_id = ?')
  const save = db.query('INSERT INTO books VALUES (?, ?) ON CONFLICT (batch_id) DO UPDATE SET body = excluded.body')
  const addEntry = db.query('INSERT INTO outbox VALUES (?, ?, ?)')
  const keepEntries = db.query<null, [string, string]>(
    'DELETE FROM outbox WHERE batch_id = ?1 AND seq NOT IN (SELECT value FROM json_each(?2))',
  )
  const entries = db.query<{ body: string }, [string]>('SELECT body FROM outbox WHERE batch_id = ? ORDER BY seq')
  const dropTimer = db.query('DELETE FROM timers WHERE bucket = ? AND kind = ? AND batch_id = ?')
  const setTimer = db.query('INSERT INTO timers VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET due = excluded.due')
  const keepTimer = db.query('INSERT INTO timers VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING')
  const timersUntil = db.query<{ kind: TimerKind; batch_id: string; due: number }, [number, number, number]>(
    'SELECT kind, batch_id, due FROM timers WHERE bucket = ? AND due <= ? ORDER BY due, batch_id LIMIT ?',
  )
  const readPaused = db.query<{ phase: string }, []>('SELECT phase FROM pauses WHERE paused = 1')
  const readPauses = db.query<{ body: string }, []>('SELECT body FROM pauses ORDER BY phase')
  const setPause = db.query(
    `INSERT INTO pauses VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE
     SET paused = excluded.paused, at = excluded.at, body = excluded.body WHERE excluded.at > pauses.at`,
  )
  const wakeHeld = db.query("UPDATE timers SET due = ? WHERE kind = 'held' AND due = ?")
  const until = (bucket: number, due: number, limit: number) =>
    timersUntil.all(bucket, due, limit).map((row) => ({ kind: row.kind, batchId: batchId(row.batch_id), due: row.due }))

  const { changed: ages, ...shelf } = embeddedShelf(db, clock)
  const bookOf = (id: BatchId): Book | undefined => {
    const row = load.get(id)
    return row ? readStored(row.body) : undefined
  }
  const bookAnyway = (id: BatchId): Book | undefined => {
    const row = load.get(id)
    return row ? readAnyway(row.body, id) : undefined
  }
  const entriesOf = (id: BatchId): readonly OutboxEntry[] =>
    entries.all(id).map(({ body }) => OutboxEntry.parse(JSON.parse(body)))

  const transact = db.transaction((id: BatchId, transition: (draft: Draft) => Reply, anyway: boolean): Transitioned => {
    const change = applyTransition(
      anyway ? bookAnyway(id) : bookOf(id),
      id,
      clock(),
      new Set(readPaused.all().map(({ phase }) => phase)),
      transition,
    )
    const { reply, book, changed, added, timers, kept } = change
    if (changed) {
      save.run(id, JSON.stringify(book))
      for (const entry of added) addEntry.run(id, entry.seq, JSON.stringify(entry))
      keepEntries.run(id, JSON.stringify(book.outbox))
      ages(id)
    }
    const bucket = bucketOf(id)
    for (const [kind, due] of timers) {
      if (due === null) dropTimer.run(bucket, kind, id)
      else setTimer.run(bucket, kind, id, due)
    }
    for (const [kind, due] of kept) keepTimer.run(bucket, kind, id, due)
    return { reply, book, entries: entriesOf(id) }
  })
  const setPauses = db.transaction((pauses: readonly Pause[]): void => {
    for (const pause of pauses) {
      const { changes } = setPause.run(pause.phase, pause.paused ? 1 : 0, pause.offset, JSON.stringify(pause))
      if (changes > 0 && !pause.paused) wakeHeld.run(clock(), HELD_US)
    }
  })

  return withFailuresTyped<RunStore>({
    ...transitionsOver(async (id, transition, anyway = false) => transact.immediate(id, transition, anyway)),
    ...shelf,
    async read(id) {
      const book = bookOf(id)
      return book && { reply: 'noted', book, entries: entriesOf(id) }
    },
    async due(bucket, _owner, _leaseMs, limit) {
      return { lost: false, timers: until(bucket, clock(), limit).map(({ kind, batchId }) => ({ kind, batchId })) }
    },
    timers: async (bucket, limit) => until(bucket, HELD_US, limit),
    setPauses: async (pauses) => setPauses.immediate(pauses),
    pauses: async () => readPauses.all().map(({ body }) => Pause.parse(JSON.parse(body))),
    // A file does not lose what it has acknowledged.
    restoreShelved: async () => false,
    restoring: async () => new Map(),
    async revive() {},
    async forget() {},
    async ping() {
      db.query('SELECT 1').get()
    },
  })
}
