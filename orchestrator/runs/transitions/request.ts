import type { RequestEntry } from '../../../shared/contracts/run-book.ts'
import { activeRun, type Book } from '../model/book.ts'
import { type Draft, keepLast, lookAgain, PLAN_AGAIN_MS, refuse, sayBook } from '../model/draft.ts'
import type { Reply, RequestInput } from '../port.ts'

/** A client asks for a pipeline: refused, kept until content is there, or to be planned now (invariant 8). */
export const request = (draft: Draft, input: RequestInput): Reply => {
  const { book, now } = draft
  const known = book.requests.find(({ request_id }) => request_id === input.request_id)
  if (known && !isJudgedAnew(known, input)) return known.verdict === 'planning' ? 'plan' : 'decided'
  if (known) book.requests.splice(book.requests.indexOf(known), 1)
  else if (isForgotten(book, input)) return 'decided'
  if (input.position) book.requested[input.position.place] = input.position.offset
  const refusal = refusalOf(book, input, now)
  book.requests.push({
    request_id: input.request_id,
    correlation_id: input.correlation_id,
    requested_pipeline: input.requested_pipeline,
    user_id: input.user_id,
    is_retry: input.is_retry,
    redrive_id: input.redrive_id,
    verdict: book.content === 'ready' ? 'planning' : 'waiting_for_content',
    reason: null,
    detail: null,
    run_id: null,
    requested_at: input.at,
    received_at: now,
    decided_at: null,
  })
  // The one that is not decided yet stays, however many are refused meanwhile.
  for (const { requested_at } of keepLast(book.requests, ({ request_id }) => request_id === book.pending?.request_id))
    book.forgotten_at = Math.max(book.forgotten_at, requested_at)
  if (refusal) {
    refuse(draft, input.request_id, ...refusal)
    return 'refused'
  }
  book.pending = { request_id: input.request_id, message: input.message, due: now, doubted_at: null }
  if (input.assignment_id !== null) book.assignment_id = input.assignment_id
  if (input.prompt_ref !== null) book.prompt_ref = input.prompt_ref
  if (book.content === 'ready') {
    lookAgain(draft, book.pending, PLAN_AGAIN_MS)
    return 'plan'
  }
  lookAgain(draft, book.pending, input.wait_ms)
  sayBook(draft, input.request_id, input.correlation_id)
  return 'waiting'
}

/** Somebody redrove a request that was refused; a redrive that is delivered again changes nothing. */
const isJudgedAnew = (known: RequestEntry, { redrive_id }: RequestInput): boolean =>
  known.verdict === 'refused' && redrive_id !== null && redrive_id !== known.redrive_id

/**
 * A repeat of a request that is no longer listed: nothing new at a place that is behind us, and no younger than what was
 * dropped. (The offset alone would hide new requests of a topic that was made anew.)
 */
const isForgotten = ({ requested, forgotten_at }: Book, { at, position }: RequestInput): boolean =>
  position !== null && at <= forgotten_at && position.offset <= (requested[position.place] ?? -1)

const refusalOf = (book: Book, input: RequestInput, now: number): readonly [string, string] | undefined => {
  if (book.registration === null) return ['unknown_batch', 'This batch was never registered.']
  if (book.user_id !== input.user_id) return ['not_owner', 'This batch belongs to somebody else.']
  if (Buffer.byteLength(input.message) > input.max_bytes) return ['request_too_large', 'The request is too long.']
  if (now - input.at > input.max_age_ms) return ['too_old', 'The request came too late to be run; ask again.']
  if (book.content === 'failed') return ['content_failed', 'The content of this batch could not be taken in.']
  if (activeRun(book)) return ['run_active', 'A run of this batch is active; ask again when it has ended.']
  if (book.pending) return ['request_pending', 'Another request for this batch is waiting.']
  return undefined
}
