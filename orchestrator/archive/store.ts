import { join } from 'node:path'
import { z } from 'zod'
import { type BatchId, batchId } from '../../shared/ids.ts'
import { openTables } from '../../shared/store/sql/open.ts'
import { readText, textColumn } from '../../shared/store/sql/text.ts'
import { Book } from '../runs/model/book.ts'

/** Books that outlive the run store, in SQL. Every call rejects with a PassingError while the database is away. */
export interface BookArchive {
  /** Resolves once the book is durable; one that is archived at a later revision already stays as it is. */
  put(batchId: BatchId, book: Book): Promise<void>
  /** The book as it was archived last; undefined when it is not there. */
  read(batchId: BatchId): Promise<Book | undefined>
  /** The revision at which each of these batches is archived, as far as they are. */
  revisions(batchIds: readonly BatchId[]): Promise<ReadonlyMap<BatchId, string>>
  /** Rejects when the database cannot be reached now. For readiness. */
  ping(): Promise<void>
  close(): Promise<void>
}

const MIGRATIONS = join(import.meta.dir, 'migrations')
const BookRow = z.object({ book: z.string() })
const RevisionRow = z.object({
  batch_id: z.string().transform(readText),
  /** Postgres gives large numbers as text, SQLite as numbers. */
  revision: z.union([z.string(), z.number(), z.bigint()]).transform(String),
})

/** The archive in Postgres or SQLite: the same SQL. Connects and migrates when it is first used, and again until that works. */
export const createBookArchive = ({ url }: { readonly url: string }): BookArchive => {
  const { sql, ready, ping, close } = openTables({ url, migrations: MIGRATIONS, versions: 'book_migrations' })
  return {
    put: (id, book) =>
      ready(async () => {
        const row = { batch_id: textColumn(id), revision: book.revision, book: JSON.stringify(book) }
        await sql`
          INSERT INTO archived_books ${sql(row)}
          ON CONFLICT (batch_id) DO UPDATE SET revision = excluded.revision, book = excluded.book
          WHERE excluded.revision > archived_books.revision`
      }),
    read: (id) =>
      ready(async () => {
        const rows: readonly unknown[] = await sql`
          SELECT book FROM archived_books WHERE batch_id = ${textColumn(id)}`
        return rows.map((row) => Book.parse(JSON.parse(BookRow.parse(row).book)))[0]
      }),
    revisions: (batchIds) =>
      ready(async () => {
        const ids = batchIds.map(textColumn)
        const rows: readonly unknown[] =
          ids.length === 0 ? [] : await sql`SELECT batch_id, revision FROM archived_books WHERE batch_id IN ${sql(ids)}`
        return new Map(rows.map((row) => RevisionRow.parse(row)).map((row) => [batchId(row.batch_id), row.revision]))
      }),
    ping,
    close,
  }
}
