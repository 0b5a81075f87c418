import type { Database } from 'bun:sqlite'
import { bucketOf } from '../../shared/buckets.ts'
import { type BatchId, batchId } from '../../shared/ids.ts'
import { applyTransition } from './model/apply.ts'
import { Book } from './model/book.ts'
import type { Draft } from './model/draft.ts'
import { OutboxEntry } from './model/outbox-entry.ts'
import type { DueTimer, Reply, RunStore, Transitioned } from './port.ts'
import { ack } from './transitions/ack.ts'
import { content } from './transitions/content.ts'
import { expire } from './transitions/expire.ts'
import { outcome } from './transitions/outcome.ts'
import { refuse } from './transitions/refuse.ts'
import { register } from './transitions/register.ts'
import { request } from './transitions/request.ts'
import { start } from './transitions/start.ts'

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
  const dueTimers = db.query<{ kind: DueTimer['kind']; batch_id: string }, [number, number, number]>(
    'SELECT kind, batch_id FROM timers WHERE bucket = ? AND due <= ? ORDER BY due LIMIT ?',
  )

  const bookOf = (id: BatchId): Book | undefined => {
    const row = load.get(id)
    return row ? Book.parse(JSON.parse(row.body)) : undefined
  }
  const entriesOf = (id: BatchId): readonly OutboxEntry[] =>
    entries.all(id).map(({ body }) => OutboxEntry.parse(JSON.parse(body)))

  const transact = db.transaction((id: BatchId, transition: (draft: Draft) => Reply): Transitioned => {
    const { reply, book, changed, added, timers } = applyTransition(bookOf(id), id, clock(), transition)
    if (changed) {
      save.run(id, JSON.stringify(book))
      for (const entry of added) addEntry.run(id, entry.seq, JSON.stringify(entry))
      keepEntries.run(id, JSON.stringify(book.outbox))
    }
    const bucket = bucketOf(id)
    for (const [kind, due] of timers) {
      if (due === null) dropTimer.run(bucket, kind, id)
      else if (kind === 'outbox') keepTimer.run(bucket, kind, id, due)
      else setTimer.run(bucket, kind, id, due)
    }
    return { reply, book, entries: entriesOf(id) }
  })
  const run = async (id: BatchId, transition: (draft: Draft) => Reply): Promise<Transitioned> =>
    transact.immediate(id, transition)

  return {
    register: (id, input) => run(id, (draft) => register(draft, input)),
    content: (id, input) => run(id, (draft) => content(draft, input)),
    request: (id, input) => run(id, (draft) => request(draft, input)),
    start: (id, input) => run(id, (draft) => start(draft, input)),
    refuse: (id, input) => run(id, (draft) => refuse(draft, input)),
    outcome: (id, input) => run(id, (draft) => outcome(draft, input)),
    expire: (id) => run(id, expire),
    ack: (id, input) => run(id, (draft) => ack(draft, input)),
    async read(id) {
      const book = bookOf(id)
      return book && { reply: 'noted', book, entries: entriesOf(id) }
    },
    async due(bucket, _owner, _leaseMs, limit) {
      return dueTimers.all(bucket, clock(), limit).map(({ kind, batch_id }) => ({ kind, batchId: batchId(batch_id) }))
    },
    async ping() {
      db.query('SELECT 1').get()
    },
  }
}
