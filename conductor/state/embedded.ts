import type { Database } from 'bun:sqlite'
import { bucketOf } from '../../shared/buckets.ts'
import { type BatchId, type EssayId, essayId } from '../../shared/ids.ts'
import { markerField } from '../../shared/store/marker/key.ts'
import type { MarkerStore } from '../../shared/store/marker/port.ts'
import { withFailuresTyped } from '../../shared/store/sqlite.ts'
import { embeddedExpiry } from './expiry.ts'
import type { BatchChange } from './facts.ts'
import { applyEvents, type BatchView, type Patch } from './model/apply.ts'
import { BatchHead, EMPTY_HEAD } from './model/head.ts'
import { EssayRecord, essayOf } from './model/record.ts'
import type { BatchStore, Claim, Essay, Settlement } from './port.ts'
import { incomplete, isReached, snapshotOf } from './snapshot.ts'

export interface EmbeddedStoreOptions {
  readonly db: Database
  readonly markers: Pick<MarkerStore, 'read' | 'isComplete'>
  /** The consumer group whose markers say what is applied. */
  readonly group: string
  /** Microseconds since 1970; default the machine's clock. */
  readonly clock?: () => number
}

/** How long it is remembered of a batch that something was read which said nothing; by then its marker says so. */
const EMPTY_MS = 86_400_000

const TABLES = `
  CREATE TABLE IF NOT EXISTS fact_batches (batch_id TEXT PRIMARY KEY, head TEXT NOT NULL, book TEXT) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS fact_essays (
    batch_id TEXT, essay_id TEXT, record TEXT NOT NULL, position INTEGER, PRIMARY KEY (batch_id, essay_id)
  ) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS fact_essays_by_signature ON fact_essays (batch_id, json_extract(record, '$.s'), essay_id);
  CREATE INDEX IF NOT EXISTS fact_essays_in_order ON fact_essays (batch_id, position) WHERE position IS NOT NULL;
`

/** Batches in SQLite: what changes is computed by the reducer and written in one transaction. */
export const createEmbeddedBatchStore = (options: EmbeddedStoreOptions): BatchStore => {
  const { db, markers, group, clock = () => Date.now() * 1_000 } = options
  db.exec(TABLES)
  const rows = preparedRows(db)
  const headOf = (batchId: BatchId): BatchHead => {
    expiry.drop(batchId, clock())
    return rows.head(batchId)
  }

  const viewOf = (batchId: BatchId): BatchView => {
    const cache = new Map<EssayId, EssayRecord | undefined>()
    return {
      head: rows.head(batchId),
      ids: () => rows.ids(batchId),
      essay(id) {
        if (!cache.has(id)) cache.set(id, rows.essay(batchId, id))
        return cache.get(id)
      },
    }
  }

  const refuseIncomplete = async (batchId: BatchId): Promise<void> => {
    if (!(await markers.isComplete(group, bucketOf(batchId)))) throw incomplete()
  }
  const expiry = embeddedExpiry(db)

  const apply = db.transaction((changes: readonly BatchChange[]) =>
    changes.map(({ batchId, events }) => {
      const now = clock()
      expiry.drop(batchId, now)
      const patch = applyEvents(viewOf(batchId), events, now)
      rows.write(batchId, patch)
      if (patch.applied.changed) expiry.changed(batchId, now)
      else if (patch.head.revision === '0') expiry.after(batchId, now / 1_000 + EMPTY_MS)
      return { batchId, ...patch.applied }
    }),
  )

  const settle = db.transaction((batchId: BatchId, { revision, archived, expiresMs }: Settlement): boolean => {
    const head = headOf(batchId)
    if (head.revision !== revision) return false
    expiry.settled(batchId)
    if (revision === '0') return true
    if (archived) rows.setHead(batchId, { ...head, archived: revision })
    // The revision is the time of the last change.
    if (expiresMs !== null) expiry.after(batchId, Number(revision) / 1_000 + expiresMs)
    return true
  })
  const unsettled = db.transaction((claim: Claim) => expiry.claim(claim, clock()))

  return withFailuresTyped<BatchStore>({
    apply: async (changes) => apply(changes),

    async read(batchId, { essays = 0, book = false, after = [], named = 0 }) {
      await refuseIncomplete(batchId)
      // The marker first: what it says is applied is in the rows that are read after it.
      const [marker] = after.length > 0 ? await markers.read([bucketOf(batchId)]) : []
      const head = headOf(batchId)
      return snapshotOf({
        batchId,
        revision: head.revision,
        factsRevision: head.factsRevision,
        registration: head.registration,
        registers: { registeredBy: head.registeredBy, batch: head.content },
        archived: head.archived,
        tally: Object.entries(head.tally),
        named:
          named > 0
            ? Object.keys(head.tally).map((signature) => [signature, rows.named(batchId, signature, named)])
            : [],
        essays: essays > 0 ? rows.page(batchId, 0, essays) : [],
        book: book ? rows.book(batchId) : null,
        reached: after.every((awaited) =>
          isReached(
            awaited,
            head.positions[awaited.partition] ?? null,
            marker?.get(markerField(group, awaited.partition)) ?? null,
          ),
        ),
      })
    },

    async revision(batchId) {
      await refuseIncomplete(batchId)
      return headOf(batchId).revision
    },

    async essays(batchId, { factsRevision, first, count }) {
      await refuseIncomplete(batchId)
      const head = headOf(batchId)
      if (head.factsRevision !== factsRevision) return { moved: true, factsRevision: head.factsRevision }
      const essays = rows.page(batchId, first, count)
      const total = Object.values(head.tally).reduce((sum, n) => sum + n, 0)
      return { moved: false, essays, next: first + essays.length < total ? first + essays.length : null }
    },

    settle: async (batchId, settlement) => settle.immediate(batchId, settlement),
    unsettled: async (claim) => unsettled.immediate(claim),

    async ping() {
      db.query('SELECT 1').get()
    },
  })
}

/** The rows of all batches, as the reducer's types. */
const preparedRows = (db: Database) => {
  const head = db.query<{ head: string }, [string]>('SELECT head FROM fact_batches WHERE batch_id = ?')
  const book = db.query<{ book: string | null }, [string]>('SELECT book FROM fact_batches WHERE batch_id = ?')
  const essay = db.query<{ record: string }, [string, string]>(
    'SELECT record FROM fact_essays WHERE batch_id = ? AND essay_id = ?',
  )
  const page = db.query<{ essay_id: string; record: string }, [string, number, number]>(
    'SELECT essay_id, record FROM fact_essays WHERE batch_id = ? AND position >= ? ORDER BY position LIMIT ?',
  )
  const named = db.query<{ essay_id: string }, [string, string, number]>(
    `SELECT essay_id FROM fact_essays WHERE batch_id = ? AND json_extract(record, '$.s') = ? ORDER BY essay_id LIMIT ?`,
  )
  const setHead = db.query<undefined, [string, string, string | null]>(
    `INSERT INTO fact_batches VALUES (?1, ?2, ?3)
     ON CONFLICT DO UPDATE SET head = excluded.head, book = coalesce(excluded.book, book)`,
  )
  const setEssay = db.query<undefined, [string, string, string]>(
    `INSERT INTO fact_essays (batch_id, essay_id, record) VALUES (?, ?, ?)
     ON CONFLICT DO UPDATE SET record = excluded.record`,
  )
  const setPosition = db.query<undefined, [number | null, string, string]>(
    'UPDATE fact_essays SET position = ? WHERE batch_id = ? AND essay_id = ?',
  )

  const rows = {
    setHead: (batchId: BatchId, next: BatchHead) => setHead.run(batchId, JSON.stringify(next), null),
    head(batchId: BatchId): BatchHead {
      const row = head.get(batchId)
      return row ? BatchHead.parse(JSON.parse(row.head)) : EMPTY_HEAD
    },
    book: (batchId: BatchId): string | null => book.get(batchId)?.book ?? null,
    essay(batchId: BatchId, id: EssayId): EssayRecord | undefined {
      const row = essay.get(batchId, id)
      return row ? EssayRecord.parse(JSON.parse(row.record)) : undefined
    },
    page: (batchId: BatchId, first: number, count: number): readonly Essay[] =>
      page
        .all(batchId, first, count)
        .map((row) => essayOf(essayId(row.essay_id), EssayRecord.parse(JSON.parse(row.record)))),
    named: (batchId: BatchId, signature: string, count: number): readonly string[] =>
      named.all(batchId, signature, count).map((row) => row.essay_id),
    ids: (batchId: BatchId): readonly EssayId[] => page.all(batchId, 0, -1).map((row) => essayId(row.essay_id)),
    write(batchId: BatchId, patch: Patch): void {
      setHead.run(batchId, JSON.stringify(patch.head), patch.book ? JSON.stringify(patch.book) : null)
      if (patch.ids) for (const id of rows.ids(batchId)) setPosition.run(null, batchId, id)
      for (const [id, record] of patch.essays) setEssay.run(batchId, id, JSON.stringify(record))
      patch.ids?.forEach((id, position) => {
        setPosition.run(position, batchId, id)
      })
    },
  }
  return rows
}
