import type { Database } from 'bun:sqlite'
import { type BatchId, batchId } from '../../shared/ids.ts'
import type { Claim } from './port.ts'

const TABLES = `
  CREATE TABLE IF NOT EXISTS fact_expiries (batch_id TEXT PRIMARY KEY, at INTEGER NOT NULL) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS fact_expiries_in_order ON fact_expiries (at);
  CREATE TABLE IF NOT EXISTS fact_unarchived (batch_id TEXT PRIMARY KEY, since INTEGER NOT NULL) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS fact_unarchived_in_order ON fact_unarchived (since);
`

/** Expired batches of which one claim deletes the rows; those that somebody reads go at once. */
const DROPPED_AT_ONCE = 100

/** What Redis does by itself, for SQLite: when the rows of a batch go, and which batches are to be archived. */
export const embeddedExpiry = (db: Database) => {
  db.exec(TABLES)
  const isExpired = db.query<{ batch_id: string }, [string, number]>(
    'SELECT batch_id FROM fact_expiries WHERE batch_id = ? AND at <= ?',
  )
  const expired = db.query<{ batch_id: string }, [number, number]>(
    'SELECT batch_id FROM fact_expiries WHERE at <= ? ORDER BY at LIMIT ?',
  )
  const setExpiry = db.query<undefined, [string, number]>('REPLACE INTO fact_expiries VALUES (?, ?)')
  const dropExpiry = db.query<undefined, [string]>('DELETE FROM fact_expiries WHERE batch_id = ?')
  const dropBatch = db.query<undefined, [string]>('DELETE FROM fact_batches WHERE batch_id = ?')
  const dropEssays = db.query<undefined, [string]>('DELETE FROM fact_essays WHERE batch_id = ?')
  const addUnarchived = db.query<undefined, [string, number]>('INSERT OR IGNORE INTO fact_unarchived VALUES (?, ?)')
  const dropUnarchived = db.query<undefined, [string]>('DELETE FROM fact_unarchived WHERE batch_id = ?')
  const unarchived = db.query<{ batch_id: string }, [number, number]>(
    'SELECT batch_id FROM fact_unarchived WHERE since <= ? ORDER BY since LIMIT ?',
  )
  const putOff = db.query<undefined, [number, string]>('UPDATE fact_unarchived SET since = ? WHERE batch_id = ?')

  const dropRows = db.transaction((id: string) => {
    for (const query of [dropBatch, dropEssays, dropExpiry]) query.run(id)
  })
  const millis = (microseconds: number): number => Math.floor(microseconds / 1_000)

  return {
    /** Deletes the batch if its time has come; `now` in microseconds, as everywhere here. */
    drop(id: BatchId, now: number): void {
      if (isExpired.get(id, millis(now))) dropRows(id)
    },
    /** Deletes the batch, now. */
    remove(id: BatchId): void {
      dropRows(id)
      dropUnarchived.run(id)
    },
    /** It does not expire any more, and is to be archived. */
    changed(id: BatchId, now: number): void {
      dropExpiry.run(id)
      addUnarchived.run(id, millis(now))
    },
    settled: (id: BatchId): void => void dropUnarchived.run(id),
    /** It goes at this time, in milliseconds. */
    after: (id: BatchId, at: number): void => void setExpiry.run(id, Math.floor(at)),
    claim({ quietMs, leaseMs, limit }: Claim, now: number): readonly BatchId[] {
      for (const { batch_id } of expired.all(millis(now), DROPPED_AT_ONCE)) dropRows(batch_id)
      const due = millis(now) - quietMs
      const claimed = unarchived.all(due, limit).map((row) => batchId(row.batch_id))
      for (const id of claimed) putOff.run(due + leaseMs, id)
      return claimed
    },
  }
}
