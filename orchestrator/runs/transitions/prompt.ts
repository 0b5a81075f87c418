import { activeRun } from '../model/book.ts'
import { type Draft, sayBook } from '../model/draft.ts'
import type { PromptInput, Reply } from '../port.ts'

/**
 * The prompt that later runs work with; an active run keeps the one that it was started with. The book is said, since it is
 * what brings the prompt back when the store is lost.
 */
export const prompt = (draft: Draft, { correlation_id, prompt_ref }: PromptInput): Reply => {
  const { book } = draft
  if (book.registration === null) return 'unknown_batch'
  if (activeRun(book) || book.pending) return 'decided'
  if (book.prompt_ref === prompt_ref) return 'noted'
  book.prompt_ref = prompt_ref
  sayBook(draft, correlation_id, correlation_id)
  return 'noted'
}
