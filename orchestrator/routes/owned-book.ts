import { z } from '@hono/zod-openapi'
import { ProblemError } from '../../shared/http/problem.ts'
import { batchId } from '../../shared/ids.ts'
import type { Book } from '../runs/model/book.ts'
import type { RunStore } from '../runs/port.ts'

export const BatchPath = z.object({ batch_id: z.string().min(1).max(255) })

export const unknownBatch = (): ProblemError =>
  new ProblemError({ code: 'RESOURCE_NOT_FOUND', reason: 'unknown_batch', detail: 'There is no such batch.' })

/** The book of a registered batch; throws a 404 problem for any other. */
export const bookOf = async (store: Pick<RunStore, 'read'>, id: string): Promise<Book> => {
  const book = (await store.read(batchId(id)))?.book
  if (!book || book.registration === null) throw unknownBatch()
  return book
}

/** The same for its owner only: others get a 403, without a word about whose it is. */
export const ownedBook = async (store: Pick<RunStore, 'read'>, id: string, userId: string): Promise<Book> => {
  const book = await bookOf(store, id)
  if (book.user_id !== userId)
    throw new ProblemError({ code: 'AUTHORIZATION_ERROR', reason: 'not_owner', detail: 'This batch is not yours.' })
  return book
}
