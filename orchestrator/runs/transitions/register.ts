import type { Draft } from '../model/draft.ts'
import { say, sayBook } from '../model/draft.ts'
import type { RegisterInput, Reply } from '../port.ts'

/** A batch is made known; a second time changes nothing. */
export const register = (draft: Draft, input: RegisterInput): Reply => {
  const { book } = draft
  if (book.registration !== null) return 'known'
  book.registration = input.registration
  book.user_id = input.user_id
  book.org_id = input.org_id
  book.is_regular = input.is_regular
  sayBook(draft, input.cause, input.correlation_id)
  say(draft, { kind: 'registered', cause: input.cause, correlation_id: input.correlation_id })
  return 'registered'
}
