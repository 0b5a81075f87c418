import { z } from 'zod'
import { compiled } from '../compiled.ts'
import { asError, PassingError, PublishError } from '../errors.ts'
import { UpstreamError, UpstreamProblem } from './upstream.ts'

export { UpstreamError }

export type Fetch = (request: Request) => Promise<Response> | Response

export interface JsonClientOptions {
  /** Which service is asked; a passing failure names it. */
  readonly target: 'conductor' | 'orchestrator'
  readonly baseUrl: string
  readonly fetch: Fetch
  /** Who asks, as `X-Service-ID`. */
  readonly serviceId: string
  readonly internalKey: string | undefined
  /** On whose behalf, as `X-User-ID`. */
  readonly userId?: string | undefined
  /** The trace of what is being handled, sent along. */
  readonly traceparent?: (() => string | undefined) | undefined
  /** Milliseconds until a call is given up; default 5,000. */
  readonly timeoutMs?: number
}

export interface JsonCall<Schema extends z.ZodType> {
  readonly method: 'GET' | 'POST' | 'PATCH'
  /** With its query. */
  readonly path: string
  readonly body?: unknown
  /** Beyond those that every call has. */
  readonly headers?: Readonly<Record<string, string>>
  /** What a success looks like. */
  readonly schema: Schema
  readonly correlationId: string
  readonly signal?: AbortSignal
  /** Milliseconds, where this call may take longer than others. */
  readonly timeoutMs?: number
  /** A second time has the effect of one, so a guarded client may make it again; default: only what is read. */
  readonly isRepeatable?: boolean
}

export interface JsonClient {
  /**
   * The answer, read by the schema. Rejects with a PassingError when the service is not there, too slow or says that it
   * cannot now (429, 502, 503, 504), with an UpstreamError for any other answer that is no success or cannot be read.
   */
  call<Schema extends z.ZodType>(call: JsonCall<Schema>): Promise<z.infer<Schema>>
}

const PASSING = new Set([429, 502, 503, 504])

export const createJsonClient = (options: JsonClientOptions): JsonClient => {
  const { target, baseUrl, fetch, serviceId, internalKey, userId } = options
  return {
    async call({ method, path, body, headers, schema, correlationId, signal, timeoutMs = options.timeoutMs ?? 5_000 }) {
      const timeout = AbortSignal.timeout(timeoutMs)
      const traceparent = options.traceparent?.()
      const request = new Request(new URL(path, baseUrl).href, {
        method,
        headers: {
          ...headers,
          accept: 'application/json',
          'x-service-id': serviceId,
          'x-correlation-id': correlationId,
          ...(traceparent === undefined ? {} : { traceparent }),
          ...(internalKey === undefined ? {} : { 'x-internal-api-key': internalKey }),
          ...(userId === undefined ? {} : { 'x-user-id': userId }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
      })
      const answer = await reach(target, async () => {
        const response = await fetch(request)
        return { status: response.status, ok: response.ok, text: await response.text() }
      })
      const json = parse(answer.text)
      const problem = answer.ok ? {} : (UpstreamProblem.safeParse(json).data ?? {})
      if (PASSING.has(answer.status)) throw passing(target, answer.status, problem)
      if (!answer.ok) throw new UpstreamError(target, answer.status, problem)
      const read = compiled(schema).safeParse(json)
      if (read.success) return read.data
      throw new UpstreamError(target, answer.status, { detail: `cannot be read: ${z.prettifyError(read.error)}` })
    },
  }
}

/** What passes keeps what it was: a state that catches up, or a publish that may have happened (invariant 1). */
const passing = (target: JsonClientOptions['target'], status: number, problem: UpstreamProblem): PassingError => {
  const message = `${target} answered ${status} ${problem.code ?? ''}`
  if (problem.code === 'CATCHING_UP') return new PassingError('catching_up', message)
  if (problem.outcome) return new PublishError(problem.outcome, message)
  return new PassingError(target, message)
}

/** Whatever keeps a call from being answered at all is passing: not there, cut off, too slow. */
const reach = async <Result>(target: JsonClientOptions['target'], work: () => Promise<Result>): Promise<Result> => {
  try {
    return await work()
  } catch (thrown) {
    throw new PassingError(target, `${target}: ${asError(thrown).message}`, { cause: thrown })
  }
}

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
