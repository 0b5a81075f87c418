import type { Database } from 'bun:sqlite'
import type { MarkerMismatch, MarkerStore } from './port.ts'

const TABLE = `CREATE TABLE IF NOT EXISTS markers (
  bucket INTEGER, field TEXT, offset INTEGER NOT NULL, PRIMARY KEY (bucket, field)
) WITHOUT ROWID`

/** Markers in SQLite. A call is one transaction; one that moves nothing writes nothing. */
export const createEmbeddedMarkers = (db: Database): MarkerStore => {
  db.exec(TABLE)
  const fieldsOf = db.query<{ field: string; offset: number }, [number]>(
    'SELECT field, offset FROM markers WHERE bucket = ?',
  )
  const set = db.query<undefined, [number, string, number]>(
    'INSERT INTO markers VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET offset = excluded.offset',
  )
  const readBucket = (bucket: number): ReadonlyMap<string, number> =>
    new Map(fieldsOf.all(bucket).map(({ field, offset }) => [field, offset]))

  const advance = db.transaction((changes: Parameters<MarkerStore['advance']>[0]): readonly MarkerMismatch[] =>
    changes.flatMap(({ bucket, moves }) => {
      const found = readBucket(bucket)
      return moves.flatMap(({ field, expected, next }) => {
        const current = found.get(field) ?? null
        if (current !== expected) return [{ bucket, field, found: current }]
        if (current !== next) set.run(bucket, field, next)
        return []
      })
    }),
  )

  return {
    read: async (buckets) => buckets.map(readBucket),
    advance: async (changes) => advance(changes),
  }
}
