import type { Book } from '../model/book.ts'
import type { AppliedPosition } from '../port.ts'

/** Remembers the newest record of each partition that said something of this batch. */
export const note = (book: Book, { place, offset }: AppliedPosition): void => {
  book.positions[place] = Math.max(book.positions[place] ?? 0, offset)
}
