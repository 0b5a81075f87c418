import { type Draft, refuse, sayBook } from '../model/draft.ts'
import type { Reply } from '../port.ts'

/** The wait for content has come to its end. Safe to be told at any time: only a request that still waits is refused. */
export const expire = (draft: Draft): Reply => {
  const { book } = draft
  const { pending } = book
  const request = pending && book.requests.find(({ request_id }) => request_id === pending.request_id)
  if (!request) {
    draft.timers.set('wait', null)
    return 'decided'
  }
  if (book.content === 'ready') {
    if (request.verdict === 'waiting_for_content') {
      request.verdict = 'planning'
      sayBook(draft, request.request_id, request.correlation_id)
    }
    draft.timers.set('wait', null)
    return 'plan'
  }
  refuse(draft, request.request_id, 'content_timeout', 'The content of this batch did not come in time.')
  return 'refused'
}
