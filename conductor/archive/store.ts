import { join } from 'node:path'
import { openTables } from '../../shared/store/sql/open.ts'
import { textColumn } from '../../shared/store/sql/text.ts'
import { namedOf } from '../state/signature.ts'
import type { ArchiveStore } from './port.ts'
import { batchOf, batchRow, essayOf, essayRow, namedBySignature, registrationOf, runOf, runRow } from './rows.ts'

export interface ArchiveOptions {
  /** `postgres://...` or `sqlite://path`. */
  readonly url: string
}

/** Rows of one statement: Postgres takes 65,535 values, SQLite 32,766. */
const CHUNK = 1_000

const MIGRATIONS = join(import.meta.dir, 'migrations')

/** The archive in Postgres or SQLite: the same SQL. Connects and migrates when it is first used, and again until that works. */
export const createArchiveStore = ({ url }: ArchiveOptions): ArchiveStore => {
  const { sql, ready, ping, close } = openTables({ url, migrations: MIGRATIONS, versions: 'archive_migrations' })

  return {
    put: (batch) =>
      ready(() =>
        sql.begin(async (tx) => {
          const { batchId, book } = batch.snapshot
          // The row is written first and so locks out another writer of this batch until the end.
          const written = await tx`
            INSERT INTO archived_batches ${tx(batchRow(batch.snapshot))}
            ON CONFLICT (batch_id) DO UPDATE SET revision = excluded.revision, facts_revision = excluded.facts_revision,
              content = excluded.content, registration = excluded.registration, tally = excluded.tally, book = excluded.book,
              registers = excluded.registers
            WHERE excluded.revision > archived_batches.revision OR archived_batches.registers IS NULL RETURNING batch_id`
          if (written.length === 0) return
          await tx`DELETE FROM archived_essays WHERE batch_id = ${textColumn(batchId)}`
          const essays = batch.essays.map((essay, position) => essayRow(batchId, position, essay))
          for (let first = 0; first < essays.length; first += CHUNK)
            await tx`INSERT INTO archived_essays ${tx(essays.slice(first, first + CHUNK))}`
          const runs = (book?.runs ?? []).map((run) => runRow(batchId, run))
          if (runs.length > 0)
            await tx`
              INSERT INTO archived_runs ${tx(runs)}
              ON CONFLICT (batch_id, run_id) DO UPDATE SET status = excluded.status,
                completed_at = excluded.completed_at, run = excluded.run`
        }),
      ),

    acknowledged: (batchId) =>
      ready(async () => {
        const [row] = await sql`SELECT revision FROM archived_batches WHERE batch_id = ${textColumn(batchId)}`
        return row === undefined ? null : String(row.revision)
      }),

    read: (batchId) =>
      ready(async () => {
        const [row] = await sql`SELECT * FROM archived_batches WHERE batch_id = ${textColumn(batchId)}`
        return row === undefined ? undefined : batchOf(row)
      }),

    essays: (batchId, first, count) =>
      ready(async () => {
        const rows: readonly unknown[] = await sql`
          SELECT * FROM archived_essays WHERE batch_id = ${textColumn(batchId)} AND position >= ${first}
          ORDER BY position LIMIT ${count}`
        return rows.map(essayOf)
      }),

    named: (batchId, count) =>
      ready(async () => {
        const rows: readonly unknown[] = await sql`
          SELECT signature, essay_id FROM (
            SELECT signature, essay_id, row_number() OVER (PARTITION BY signature ORDER BY essay_id) AS place
            FROM archived_essays WHERE batch_id = ${textColumn(batchId)}
          ) AS numbered WHERE place <= ${count} ORDER BY signature, place`
        return namedOf(namedBySignature(rows))
      }),

    registrations: (after, count) =>
      ready(async () => {
        const rows: readonly unknown[] = await sql`
          SELECT batch_id, registration FROM archived_batches WHERE batch_id > ${after === null ? '' : textColumn(after)}
            AND registration IS NOT NULL ORDER BY batch_id LIMIT ${count}`
        return rows.map(registrationOf)
      }),

    runs: (batchId) =>
      ready(async () => {
        const rows: readonly unknown[] = await sql`
          SELECT run FROM archived_runs WHERE batch_id = ${textColumn(batchId)} ORDER BY started_at DESC, run_id`
        return rows.map(runOf)
      }),

    ping,
    close,
  }
}
