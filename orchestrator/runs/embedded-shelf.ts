import type { Database } from 'bun:sqlite'
import { batchId } from '../../shared/ids.ts'
import { changedAt, readStored, ShelvedError, stubOf } from './model/shelf.ts'
import type { RunStore } from './port.ts'

const TABLES = `
  CREATE TABLE IF NOT EXISTS aging (batch_id TEXT PRIMARY KEY, since INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS aging_in_order ON aging (since);
`

/** Which books may go to the archive, and the stubs that stay in their places. `clock` gives microseconds since 1970. */
export const embeddedShelf = (db: Database, clock: () => number) => {
  db.exec(TABLES)
  const load = db.query<{ body: string }, [string]>('SELECT body FROM books WHERE batch_id = ?')
  const save = db.query<undefined, [string, string]>('UPDATE books SET body = ?2 WHERE batch_id = ?1')
  const add = db.query<undefined, [string, number]>('INSERT OR IGNORE INTO aging VALUES (?, ?)')
  const move = db.query<undefined, [string, number]>('REPLACE INTO aging VALUES (?, ?)')
  const drop = db.query<undefined, [string]>('DELETE FROM aging WHERE batch_id = ?')
  const due = db.query<{ batch_id: string }, [number, number]>(
    'SELECT batch_id FROM aging WHERE since <= ? ORDER BY since LIMIT ?',
  )
  const now = () => Math.floor(clock() / 1_000)

  /** Undefined for a batch that there is nothing of, null where a stub is. */
  const bookOf = (id: string) => {
    const row = load.get(id)
    if (!row) return undefined
    try {
      return readStored(row.body)
    } catch (thrown) {
      if (thrown instanceof ShelvedError) return null
      throw thrown
    }
  }
  const shelve = db.transaction((id: string, revision: string): boolean => {
    const book = bookOf(id)
    if (book?.revision !== revision) return false
    save.run(id, stubOf(book))
    drop.run(id)
    return true
  })
  const recall = db.transaction((id: string, body: string): void => {
    if (bookOf(id) !== null) return
    save.run(id, body)
    add.run(id, now())
  })

  return {
    /** The book has changed: once it is left alone it may go. */
    changed: (id: string): void => void add.run(id, now()),
    async aged({ olderThanMs, leaseMs, limit }) {
      const cutoff = now() - olderThanMs
      const ids = due.all(cutoff, limit).map(({ batch_id }) => batchId(batch_id))
      for (const id of ids) move.run(id, cutoff + leaseMs)
      return ids
    },
    async postpone(id) {
      const book = bookOf(id)
      if (book) move.run(id, changedAt(book))
      else drop.run(id)
    },
    shelve: async (id, revision) => shelve.immediate(id, revision),
    recall: async (id, book) => recall.immediate(id, JSON.stringify(book)),
  } satisfies Partial<RunStore> & { readonly changed: (id: string) => void }
}
