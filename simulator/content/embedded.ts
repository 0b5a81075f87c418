import type { Database } from 'bun:sqlite'
import { TOPICS } from '../../shared/contracts/topics.ts'
import { withFailuresTyped } from '../../shared/store/sqlite.ts'
import type { UploadStore } from './uploads.ts'

const TABLES = `
CREATE TABLE IF NOT EXISTS simulator_registrations (
  batch TEXT PRIMARY KEY, partition INTEGER NOT NULL, position INTEGER NOT NULL, timestamp INTEGER NOT NULL,
  value BLOB NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS simulator_files (
  number INTEGER PRIMARY KEY AUTOINCREMENT, batch TEXT NOT NULL, name TEXT NOT NULL, storage TEXT NOT NULL,
  UNIQUE (batch, name)
)`

interface Registration {
  readonly partition: number
  readonly position: number
  readonly timestamp: number
  readonly value: Uint8Array
}

/** What the file service of the embedded way remembers, in SQLite. */
export const createEmbeddedUploadStore = (db: Database): UploadStore => {
  db.exec(TABLES)
  const keep = db.query<undefined, [string, number, number, number, Uint8Array]>(
    'INSERT OR IGNORE INTO simulator_registrations VALUES (?, ?, ?, ?, ?)',
  )
  const find = db.query<Registration, [string]>('SELECT * FROM simulator_registrations WHERE batch = ?')
  const add = db.query<undefined, [string, string, string]>(
    `INSERT INTO simulator_files (batch, name, storage) VALUES (?, ?, ?)
     ON CONFLICT (batch, name) DO UPDATE SET storage = excluded.storage`,
  )
  const list = db.query<{ readonly name: string; readonly storage: string }, [string]>(
    'SELECT name, storage FROM simulator_files WHERE batch = ? ORDER BY number',
  )
  return withFailuresTyped<UploadStore>({
    keepRegistration(batchId, { partition, offset, timestamp, value }) {
      if (value !== null) keep.run(batchId, partition, offset, timestamp, value)
    },
    registrationOf(batchId) {
      const found = find.get(batchId)
      if (!found) return undefined
      const { partition, position, timestamp, value } = found
      return { topic: TOPICS.essaysRegistered, partition, offset: position, timestamp, key: null, value, headers: {} }
    },
    add: ({ batchId, fileName, storageId }) => void add.run(batchId, fileName, storageId),
    filesOf: (batchId) =>
      list.all(batchId).map(({ name, storage }) => ({ batchId, fileName: name, storageId: storage })),
  })
}
