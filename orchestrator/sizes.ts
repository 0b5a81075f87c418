import type { StoredRegistration } from './messages/context.ts'
import type { Book } from './runs/model/book.ts'
import type { StartInput } from './runs/port.ts'

/**
 * How large the messages of a batch become: a topic takes `max.message.bytes` and no more, and what was accepted must be
 * sayable. Those that name every essay are a phase's command, what specialists answer to it, and the run book, which has the
 * ids in the registration and points at them from there.
 */

/** What stands around id and text: 61 in a command, 200 in an outcome with metrics or an assessment's result, measured. */
const AROUND_ESSAY = 200
/** Places of one essay in up to four phases, and the brackets around its text. */
const BOOK_PER_ESSAY = 64
/** A text's reference where none is known yet: a UUID and its quotes are 38. */
const TEXT_BYTES = 48
/** Envelope, prompt and headers, and in a book the last 20 runs and requests. */
const RESERVE = 96 * 1_024

/** Bytes of a request's data that a book carries: its prompt, and the places of the essays that a retry selected. */
export const maxRequestBytes = (maxBatchEssays: number): number => 65_536 + 10 * maxBatchEssays

const bytesOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value))

/** Bytes of the largest message that names all essays of a batch, before it has texts. */
export const registeredBytes = (registration: StoredRegistration): number => {
  const text = JSON.stringify(registration)
  const count = registration.essay_ids.length
  const command = Buffer.byteLength(text) + count * (AROUND_ESSAY + TEXT_BYTES)
  const book = bytesOf(text) + count * (BOOK_PER_ESSAY + TEXT_BYTES)
  return Math.max(command, book) + RESERVE
}

/** Bytes of a message that names these essays, id and text of each. */
export const essaysBytes = (essays: readonly (readonly [string, string])[]): number =>
  bytesOf(essays) + essays.length * AROUND_ESSAY + RESERVE

/** Bytes of the largest message that a run says at its start. */
export const startBytes = (book: Book, { texts, message, refused_essays }: StartInput): number => {
  const essays = Object.entries(texts)
  const textBytes = essays.reduce((sum, [, text]) => sum + bytesOf(text), 0)
  const whole = bytesOf(book.registration) + textBytes + essays.length * BOOK_PER_ESSAY + RESERVE
  return Math.max(essaysBytes(essays), whole) + bytesOf(message) + bytesOf(refused_essays)
}
