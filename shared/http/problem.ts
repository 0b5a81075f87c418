import { asError, PassingError, PublishError } from '../errors.ts'
import { CODES, type Code } from './codes.ts'
import { UpstreamError } from './upstream.ts'

/** One thing that is wrong with a request: where, as a JSON pointer or a parameter's name, and what. */
export interface FieldError {
  /** RFC 6901, into the body; `#` in front of a parameter's name of path, query or header. */
  readonly pointer: string
  readonly detail: string
}

export interface ProblemInput {
  readonly code: Code
  /** A sentence for the developer of the client. Never internal text. */
  readonly detail: string
  /** A stable word that tells cases of one code apart (`token_expired`). */
  readonly reason?: string
  readonly errors?: readonly FieldError[]
  /** How many things are wrong, where `errors` has only the first of them. */
  readonly count?: number
  /** Further members of the answer. */
  readonly more?: Readonly<Record<string, unknown>>
  readonly headers?: Readonly<Record<string, string>>
  readonly cause?: unknown
}

/** A failure whose answer is known: thrown anywhere below a route. */
export class ProblemError extends Error {
  override name = 'ProblemError'
  readonly problem: ProblemInput

  constructor(problem: ProblemInput) {
    super(problem.detail, { cause: problem.cause })
    this.problem = problem
  }
}

/** The 422 that lists all that is wrong with a request. */
export const wrongValues = (errors: readonly FieldError[], count = errors.length): ProblemError =>
  new ProblemError({
    code: 'VALIDATION_ERROR',
    detail: `${count} value${count === 1 ? ' is' : 's are'} wrong or missing: see errors.`,
    errors,
    count,
  })

/** Entries that an answer lists: it stays small, whatever was sent. */
export const MAX_ERRORS = 100

/** Characters of a pointer or its detail: names of fields are the client's. */
const MAX_CHARACTERS = 200

const short = (text: string): string => (text.length <= MAX_CHARACTERS ? text : `${text.slice(0, MAX_CHARACTERS - 1)}…`)

/** The first of the entries, and the sentence with a last word of how many more there are. */
const listed = ({ detail, errors = [], count = errors.length }: ProblemInput) => {
  const first = errors
    .slice(0, MAX_ERRORS)
    .map((error) => ({ pointer: short(error.pointer), detail: short(error.detail) }))
  const more = count - first.length
  if (more <= 0) return { detail, errors: first }
  return { detail: `${detail} The first ${first.length} are listed, and ${more} more are not.`, errors: first }
}

/** The one shape of all answers that are no success: RFC 9457 (invariant 11). */
export const problemResponse = (problem: ProblemInput, correlationId: string): Response => {
  const { status, title } = CODES[problem.code]
  const { detail, errors } = listed(problem)
  const body = {
    type: `/docs/errors#${problem.code}`,
    title,
    status,
    detail,
    code: problem.code,
    ...(problem.reason === undefined ? {} : { reason: problem.reason }),
    correlation_id: correlationId,
    ...(problem.errors === undefined ? {} : { errors }),
    ...problem.more,
  }
  return new Response(JSON.stringify(body), {
    status,
    headers: { ...problem.headers, 'content-type': 'application/problem+json' },
  })
}

/** Seconds that a client should wait before it asks again for what was in the way only for now. */
const RETRY_AFTER = { 'retry-after': '2' }

/** What to answer for whatever was thrown. Only what we worded ourselves is sent; the rest becomes a fixed sentence. */
export const problemOf = (thrown: unknown): ProblemInput => {
  const error = asError(thrown)
  if (error instanceof ProblemError) return error.problem
  if (error instanceof PublishError) {
    const detail =
      error.outcome === 'unknown'
        ? 'The log did not confirm the message in time; it may have been accepted. Look at the status before you ask again.'
        : 'The log is not available; nothing was sent.'
    return { code: 'KAFKA_PUBLISH_ERROR', detail, headers: RETRY_AFTER, more: { outcome: error.outcome }, cause: error }
  }
  if (error instanceof PassingError) {
    const code = error.source === 'catching_up' ? 'CATCHING_UP' : 'SERVICE_UNAVAILABLE'
    const detail =
      error.source === 'catching_up'
        ? 'The state is being brought up to date; ask again in a moment.'
        : 'A service that this needs is not available; ask again in a moment.'
    return { code, detail, headers: RETRY_AFTER, cause: error }
  }
  if (error instanceof UpstreamError) {
    const detail = 'A service that this needs answered with something unexpected. It has been logged.'
    return { code: 'EXTERNAL_SERVICE_ERROR', detail, cause: error }
  }
  return { code: 'UNKNOWN_ERROR', detail: 'The request could not be handled. It has been logged.', cause: error }
}
