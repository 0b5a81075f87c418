import { type Draft, lookAgain, PLAN_AGAIN_MS, refuse, sayBook } from '../model/draft.ts'
import type { ContentInput, Reply } from '../port.ts'
import { note } from './note.ts'

/** Content has come, or will never come; a request that waited for it is planned or refused. */
export const content = (draft: Draft, input: ContentInput): Reply => {
  const { book } = draft
  if (book.registration === null) return 'unknown_batch'
  note(book, input.position)
  const isReady = input.kind === 'ready' || (input.kind === 'provisioned' && !book.is_regular)
  const next = isReady ? 'ready' : input.kind === 'failed' && book.content === 'pending' ? 'failed' : book.content
  if (next !== book.content) {
    book.content = next
    sayBook(draft, input.cause, input.correlation_id)
  }
  const { pending } = book
  const request = pending && book.requests.find(({ request_id }) => request_id === pending.request_id)
  if (!pending || !request) return 'noted'
  if (book.content === 'failed') {
    refuse(draft, request.request_id, 'content_failed', 'The content of this batch could not be taken in.')
    return 'refused'
  }
  if (book.content !== 'ready') return 'waiting'
  if (request.verdict === 'waiting_for_content') {
    request.verdict = 'planning'
    lookAgain(draft, pending, PLAN_AGAIN_MS)
    sayBook(draft, request.request_id, request.correlation_id)
  }
  return 'plan'
}
