import type { Database } from 'bun:sqlite'
import { withFailuresTyped } from '../sqlite.ts'
import { completeField } from './key.ts'
import type { KeepChange, Kept, MarkerMismatch, MarkerStore } from './port.ts'

const TABLES = `
  CREATE TABLE IF NOT EXISTS markers (
    bucket INTEGER, field TEXT, offset INTEGER NOT NULL, PRIMARY KEY (bucket, field)
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS markers_caught_up (
    bucket INTEGER, consumer_group TEXT, field TEXT, PRIMARY KEY (bucket, consumer_group, field)
  ) WITHOUT ROWID;
`

/**
 * Markers in SQLite. A call is one transaction; one that moves nothing writes nothing. What is committed there is on disk,
 * so writes are not counted: only a file that was removed or replaced can have lost some.
 */
export const createEmbeddedMarkers = (db: Database): MarkerStore => {
  db.exec(TABLES)
  const rows = preparedRows(db)

  const advance = db.transaction((changes: Parameters<MarkerStore['advance']>[0]): readonly MarkerMismatch[] =>
    changes.flatMap(({ bucket, moves }) => {
      const found = rows.fields(bucket)
      return moves.flatMap(({ field, expected, next }) => {
        const current = found.get(field) ?? null
        if (current !== expected) return [{ bucket, field, found: current }]
        if (current !== next) rows.set(bucket, field, next)
        return []
      })
    }),
  )

  const keepBucket = (group: string, { bucket, seal, drop = [], moves, required = [] }: KeepChange): Kept => {
    const flag = completeField(group)
    if (seal && seal.expected !== null) {
      if (rows.field(bucket, seal.field) !== seal.expected)
        return { bucket, sealed: false, complete: false, misses: [] }
      if (moves.length === 0) return { bucket, sealed: true, complete: rows.field(bucket, flag) !== null, misses: [] }
    }
    const sealed = true
    for (const field of drop) rows.remove(bucket, field)
    if (seal) rows.set(bucket, seal.field, seal.next)
    const found = rows.fields(bucket)
    const misses = moves.flatMap(({ field, expected, next }) => {
      const current = found.get(field) ?? null
      if (current === expected) {
        if (current !== next) rows.set(bucket, field, next)
        return []
      }
      return [{ field, found: current, lost: expected !== null && (current === null || current < expected) }]
    })
    const lost = new Set(misses.filter((miss) => miss.lost).map(({ field }) => field))
    if (lost.size > 0) rows.nobodyCaughtUp(bucket, group)
    const behind = moves.filter(({ field, caughtUp }) => !caughtUp || lost.has(field))
    if (behind.length > 0) rows.remove(bucket, flag)
    for (const { field } of behind) rows.fellBehind(bucket, group, field)

    if (behind.length === 0 && found.has(flag)) return { bucket, sealed, complete: true, misses }
    for (const { field, caughtUp } of moves) if (caughtUp && !lost.has(field)) rows.hasCaughtUp(bucket, group, field)
    const caughtUp = rows.caughtUp(bucket, group)
    const complete = required.length > 0 && required.every((field) => caughtUp.has(field))
    if (complete) {
      rows.set(bucket, flag, 1)
      rows.nobodyCaughtUp(bucket, group)
    }
    return { bucket, sealed, complete, misses }
  }
  const keep = db.transaction((group: string, changes: readonly KeepChange[]): readonly Kept[] =>
    changes.map((change) => keepBucket(group, change)),
  )

  return withFailuresTyped<MarkerStore>({
    read: async (buckets) => buckets.map(rows.fields),
    advance: async (changes) => advance(changes),
    keep: async (group, changes) => keep(group, changes),
    isComplete: async (group, bucket) => rows.fields(bucket).has(completeField(group)),
  })
}

const preparedRows = (db: Database) => {
  const fieldsOf = db.query<{ field: string; offset: number }, [number]>(
    'SELECT field, offset FROM markers WHERE bucket = ?',
  )
  const fieldOf = db.query<{ offset: number }, [number, string]>(
    'SELECT offset FROM markers WHERE bucket = ? AND field = ?',
  )
  const set = db.query<undefined, [number, string, number]>(
    'INSERT INTO markers VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET offset = excluded.offset',
  )
  const remove = db.query<undefined, [number, string]>('DELETE FROM markers WHERE bucket = ? AND field = ?')
  const caughtUp = db.query<{ field: string }, [number, string]>(
    'SELECT field FROM markers_caught_up WHERE bucket = ? AND consumer_group = ?',
  )
  const addCaughtUp = db.query<undefined, [number, string, string]>(
    'INSERT OR IGNORE INTO markers_caught_up VALUES (?, ?, ?)',
  )
  const dropCaughtUp = db.query<undefined, [number, string, string]>(
    'DELETE FROM markers_caught_up WHERE bucket = ? AND consumer_group = ? AND field = ?',
  )
  const dropAll = db.query<undefined, [number, string]>(
    'DELETE FROM markers_caught_up WHERE bucket = ? AND consumer_group = ?',
  )
  return {
    fields: (bucket: number): ReadonlyMap<string, number> =>
      new Map(fieldsOf.all(bucket).map(({ field, offset }) => [field, offset])),
    field: (bucket: number, field: string): number | null => fieldOf.get(bucket, field)?.offset ?? null,
    set: (bucket: number, field: string, offset: number) => void set.run(bucket, field, offset),
    remove: (bucket: number, field: string) => void remove.run(bucket, field),
    caughtUp: (bucket: number, group: string) => new Set(caughtUp.all(bucket, group).map(({ field }) => field)),
    hasCaughtUp: (bucket: number, group: string, field: string) => void addCaughtUp.run(bucket, group, field),
    fellBehind: (bucket: number, group: string, field: string) => void dropCaughtUp.run(bucket, group, field),
    nobodyCaughtUp: (bucket: number, group: string) => void dropAll.run(bucket, group),
  }
}
