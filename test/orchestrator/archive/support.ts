import type { BookArchive } from '../../../orchestrator/archive/store.ts'
import type { Book } from '../../../orchestrator/runs/model/book.ts'
import { PassingError } from '../../../shared/errors.ts'
import type { BatchId } from '../../../shared/ids.ts'

/** An archive in memory, which can be away; a later revision replaces an earlier one, as in SQL. */
export const memoryArchive = () => {
  const books = new Map<BatchId, string>()
  const state = { away: false }
  const reachable = () => {
    if (state.away) throw new PassingError('postgres', 'the archive is away')
  }
  const read = (id: BatchId): Book | undefined => {
    const body = books.get(id)
    return body === undefined ? undefined : JSON.parse(body)
  }
  const archive: BookArchive = {
    async put(id, book) {
      reachable()
      if (Number(read(id)?.revision ?? -1) < Number(book.revision)) books.set(id, JSON.stringify(book))
    },
    async read(id) {
      reachable()
      return read(id)
    },
    async revisions(ids) {
      reachable()
      return new Map(ids.flatMap((id) => (books.has(id) ? [[id, read(id)?.revision ?? '0'] as const] : [])))
    },
    async ping() {
      reachable()
    },
    async close() {},
  }
  return { archive, books, state }
}
