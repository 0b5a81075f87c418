import { type Draft, lookAgain, PLAN_AGAIN_MS, refuse, say, sayBook } from '../model/draft.ts'
import type { ContentInput, Reply } from '../port.ts'
import { note } from './note.ts'

/** The essays of a REGULAR batch are matched to students first, once. */
const match = (draft: Draft, { kind, cause, correlation_id, essays }: ContentInput): void => {
  const { book } = draft
  if (kind === 'confirmed') book.matching = 'confirmed'
  if (kind !== 'provisioned' || !book.is_regular || book.matching !== 'none' || essays.length === 0) return
  book.matching = 'commanded'
  sayBook(draft, cause, correlation_id)
  say(draft, { kind: 'matching', cause, correlation_id, essays: essays.map(([id, text]) => [id, text]) })
}

/** Content has come, or will never come; a request that waited for it is planned or refused. */
export const content = (draft: Draft, input: ContentInput): Reply => {
  const { book } = draft
  if (book.registration === null) return 'unknown_batch'
  if (input.position) note(book, input.position)
  match(draft, input)
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
