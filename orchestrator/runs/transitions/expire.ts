import { type Draft, lookAgain, PLAN_AGAIN_MS, refuse, sayBook } from '../model/draft.ts'
import type { Reply } from '../port.ts'

/**
 * The pending request has waited long enough: for content, or for whoever was to plan it. Safe to be told at any time: the
 * store's clock decides.
 */
export const expire = (draft: Draft): Reply => {
  const { book, now } = draft
  const { pending } = book
  const request = pending && book.requests.find(({ request_id }) => request_id === pending.request_id)
  if (!pending || !request) {
    draft.timers.set('wait', null)
    return 'decided'
  }
  if (now < pending.due) {
    lookAgain(draft, pending, pending.due - now)
    return 'waiting'
  }
  if (book.content !== 'ready') {
    refuse(draft, request.request_id, 'content_timeout', 'The content of this batch did not come in time.')
    return 'refused'
  }
  lookAgain(draft, pending, PLAN_AGAIN_MS)
  if (request.verdict === 'waiting_for_content') {
    request.verdict = 'planning'
    sayBook(draft, request.request_id, request.correlation_id)
  }
  return 'plan'
}
