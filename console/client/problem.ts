import type { Problem, ProblemCode } from './types.ts'

/** The API said no, and why: an answer of RFC 9457. */
export class ProblemError extends Error {
  override name = 'ProblemError'
  readonly problem: Problem
  /** Milliseconds after which it makes sense to ask again; undefined where the API does not say. */
  readonly retryAfterMs: number | undefined

  constructor(problem: Problem, retryAfterMs?: number) {
    super(problem.detail)
    this.problem = problem
    this.retryAfterMs = retryAfterMs
  }

  get status(): number {
    return this.problem.status
  }
  get code(): ProblemCode {
    return this.problem.code
  }
}

/** No answer came: nobody knows whether the request had an effect. */
export class UnreachableError extends Error {
  override name = 'UnreachableError'
}

/** Whether it may go well later without anybody changing anything. */
export const isPassing = (error: unknown): boolean =>
  error instanceof UnreachableError ||
  (error instanceof ProblemError && (error.status === 429 || error.status >= 502) && error.status <= 504)

/** Whether the gateway refused it for now, before it had any effect: so much may be repeated of what has one each time. */
export const isRefusedForNow = (error: unknown): boolean =>
  error instanceof ProblemError && (error.status === 429 || error.status === 503)

/** The problem in an answer. Something between us and the gateway may have answered in its place, with no problem at all. */
export const problemOf = (response: Response, body: unknown): ProblemError => {
  const seconds = Number(response.headers.get('retry-after') ?? Number.NaN)
  const retryAfterMs = Number.isFinite(seconds) ? seconds * 1_000 : undefined
  if (isProblem(body)) return new ProblemError(body, retryAfterMs)
  const problem: Problem = {
    type: 'about:blank',
    title: response.statusText || 'No problem description',
    status: response.status,
    detail: `The answer was ${response.status}, without an explanation.`,
    code: response.status === 502 || response.status >= 504 ? 'SERVICE_UNAVAILABLE' : codeOf(response.status),
    correlation_id: response.headers.get('x-correlation-id') ?? '',
  }
  return new ProblemError(problem, retryAfterMs)
}

const CODES: Readonly<Record<number, ProblemCode>> = {
  400: 'INVALID_REQUEST',
  401: 'AUTHENTICATION_ERROR',
  403: 'AUTHORIZATION_ERROR',
  404: 'RESOURCE_NOT_FOUND',
  413: 'PAYLOAD_TOO_LARGE',
  429: 'RATE_LIMIT',
  503: 'SERVICE_UNAVAILABLE',
}
const codeOf = (status: number): ProblemCode => CODES[status] ?? 'UNKNOWN_ERROR'

const isProblem = (body: unknown): body is Problem =>
  typeof body === 'object' && body !== null && 'code' in body && 'detail' in body && 'status' in body
