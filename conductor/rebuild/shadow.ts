import { type BatchId, batchId } from '../../shared/ids.ts'
import { openDatabase } from '../../shared/store/sqlite.ts'
import { createEmbeddedBatchStore } from '../state/embedded.ts'
import { BatchHead } from '../state/model/head.ts'
import type { BatchStore } from '../state/port.ts'

/** A batch as both stores keep it: what replaces a live one is written from this. */
export interface BatchRows {
  readonly head: BatchHead
  /** JSON of the run book. */
  readonly book: string | null
  /** Registered essays have a position, from 0; the others are known from events alone. */
  readonly essays: readonly { readonly essayId: string; readonly record: string; readonly position: number | null }[]
}

/** A store beside the live one, for what the log says when it is read from its beginning. */
export interface Shadow {
  readonly store: BatchStore
  batches(): readonly BatchId[]
  rows(batchId: BatchId): BatchRows
  close(): void
}

/** Kept in SQLite whatever the live store is: the reducers and the scripts do the same (a property test holds them to it). */
export const createShadow = (path: string): Shadow => {
  const db = openDatabase(path)
  // What is made anew need not survive a power cut.
  db.exec('PRAGMA synchronous = OFF')
  const markers = {
    read: async (buckets: readonly number[]) => buckets.map(() => new Map()),
    isComplete: async () => true,
  }
  const store = createEmbeddedBatchStore({ db, markers, group: 'shadow' })
  const ids = db.query<{ batch_id: string }, []>('SELECT batch_id FROM fact_batches ORDER BY batch_id')
  const batch = db.query<{ head: string; book: string | null }, [string]>(
    'SELECT head, book FROM fact_batches WHERE batch_id = ?',
  )
  const essays = db.query<{ essayId: string; record: string; position: number | null }, [string]>(
    'SELECT essay_id AS essayId, record, position FROM fact_essays WHERE batch_id = ? ORDER BY position',
  )
  return {
    store,
    batches: () => ids.all().map((row) => batchId(row.batch_id)),
    rows(id) {
      const row = batch.get(id)
      if (!row) throw new Error(`the log says nothing of ${id}`)
      return { head: BatchHead.parse(JSON.parse(row.head)), book: row.book, essays: essays.all(id) }
    },
    close: () => db.close(),
  }
}
