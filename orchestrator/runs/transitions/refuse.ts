import { DOUBT_AGAIN_MS, type Draft, lookAgain, refuse as refuseRequest, sayBook } from '../model/draft.ts'
import type { RefuseInput, Reply } from '../port.ts'

/** The pending request cannot be served: it is refused, or planned again soon while there is patience with it. */
export const refuse = (draft: Draft, input: RefuseInput): Reply => {
  const { request_id, reason, detail, credits, patience_ms } = input
  const { book, now } = draft
  const { pending } = book
  const request = book.requests.find((one) => one.request_id === request_id)
  if (!request || pending?.request_id !== request_id) return 'decided'
  if (now - (pending.doubted_at ?? now) < patience_ms) {
    // It is seen to be planned meanwhile.
    if (pending.doubted_at === null) sayBook(draft, request_id, request.correlation_id)
    pending.doubted_at ??= now
    lookAgain(draft, pending, DOUBT_AGAIN_MS)
    return 'waiting'
  }
  refuseRequest(draft, request_id, reason, detail, credits)
  return 'refused'
}
