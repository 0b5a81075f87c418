import { activeRun } from '../model/book.ts'
import type { Draft } from '../model/draft.ts'
import type { PromptInput, Reply } from '../port.ts'

/** The prompt that later runs work with; an active run keeps the one that it was started with. */
export const prompt = ({ book }: Draft, { prompt_ref }: PromptInput): Reply => {
  if (book.registration === null) return 'unknown_batch'
  if (activeRun(book) || book.pending) return 'decided'
  book.prompt_ref = prompt_ref
  return 'noted'
}
