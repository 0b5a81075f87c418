import { type Draft, refuse as refuseRequest } from '../model/draft.ts'
import type { RefuseInput, Reply } from '../port.ts'

/** The pending request cannot be served. */
export const refuse = (draft: Draft, { request_id, reason, detail, credits }: RefuseInput): Reply => {
  if (draft.book.pending?.request_id !== request_id) return 'decided'
  refuseRequest(draft, request_id, reason, detail, credits)
  return 'refused'
}
