import { join } from 'node:path'
import { z } from 'zod'
import type { BatchId } from '../../shared/ids.ts'
import { openTables } from '../../shared/store/sql/open.ts'
import { textColumn } from '../../shared/store/sql/text.ts'
import { Book } from '../runs/model/book.ts'

/** Books that outlive the run store, in SQL. Every call rejects with a PassingError while the database is away. */
export interface BookArchive {
  /** Resolves once the book is durable; one that is archived at a later revision already stays as it is. */
  put(batchId: BatchId, book: Book): Promise<void>
  /** The book as it was archived last; undefined when it is not there. */
  read(batchId: BatchId): Promise<Book | undefined>
  /** Rejects when the database cannot be reached now. For readiness. */
  ping(): Promise<void>
  close(): Promise<void>
}

const MIGRATIONS = join(import.meta.dir, 'migrations')
const Row = z.object({ book: z.string() })

/** The archive in Postgres or SQLite: the same SQL. Connects and migrates when it is first used, and again until that works. */
export const createBookArchive = ({ url }: { readonly url: string }): BookArchive => {
  const { sql, ready, ping, close } = openTables({ url, migrations: MIGRATIONS, versions: 'book_migrations' })
  return {
    put: (batchId, book) =>
      ready(async () => {
        const row = { batch_id: textColumn(batchId), revision: book.revision, book: JSON.stringify(book) }
        await sql`
          INSERT INTO archived_books ${sql(row)}
          ON CONFLICT (batch_id) DO UPDATE SET revision = excluded.revision, book = excluded.book
          WHERE excluded.revision > archived_books.revision`
      }),
    read: (batchId) =>
      ready(async () => {
        const rows: readonly unknown[] = await sql`
          SELECT book FROM archived_books WHERE batch_id = ${textColumn(batchId)}`
        return rows.map((row) => Book.parse(JSON.parse(Row.parse(row).book)))[0]
      }),
    ping,
    close,
  }
}
