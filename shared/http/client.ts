import { z } from 'zod'
import { asError, PassingError } from '../errors.ts'

export type Fetch = (request: Request) => Promise<Response> | Response

export interface JsonClientOptions {
  /** Which service is asked; a passing failure names it. */
  readonly target: 'conductor' | 'orchestrator'
  readonly baseUrl: string
  readonly fetch: Fetch
  /** Who asks, as `X-Service-ID`. */
  readonly serviceId: string
  readonly internalKey: string | undefined
  /** Milliseconds until a call is given up; default 5,000. */
  readonly timeoutMs?: number
}

export interface JsonCall<Schema extends z.ZodType> {
  readonly method: 'GET' | 'POST' | 'PATCH'
  /** With its query. */
  readonly path: string
  readonly body?: unknown
  /** What a success looks like. */
  readonly schema: Schema
  readonly correlationId: string
  readonly signal?: AbortSignal
  /** Milliseconds, where this call may take longer than others. */
  readonly timeoutMs?: number
}

export interface JsonClient {
  /**
   * The answer, read by the schema. Rejects with a PassingError when the service is not there, too slow or says that it
   * cannot now (429, 502, 503, 504), with an UpstreamError for any other answer that is no success.
   */
  call<Schema extends z.ZodType>(call: JsonCall<Schema>): Promise<z.infer<Schema>>
}

const UpstreamProblem = z.object({
  code: z.string().optional(),
  reason: z.string().optional(),
  detail: z.string().optional(),
  errors: z.array(z.object({ pointer: z.string(), detail: z.string() })).optional(),
})

/** A service answered with a refusal, or with something that it should not. */
export class UpstreamError extends Error {
  override name = 'UpstreamError'
  readonly status: number
  readonly problem: z.infer<typeof UpstreamProblem>

  constructor(target: string, status: number, problem: z.infer<typeof UpstreamProblem>) {
    super(`${target} answered ${status} ${problem.code ?? ''}: ${problem.detail ?? ''}`)
    this.status = status
    this.problem = problem
  }
}

const PASSING = new Set([429, 502, 503, 504])

export const createJsonClient = (options: JsonClientOptions): JsonClient => {
  const { target, baseUrl, fetch, serviceId, internalKey } = options
  return {
    async call({ method, path, body, schema, correlationId, signal, timeoutMs = options.timeoutMs ?? 5_000 }) {
      const timeout = AbortSignal.timeout(timeoutMs)
      const request = new Request(new URL(path, baseUrl).href, {
        method,
        headers: {
          accept: 'application/json',
          'x-service-id': serviceId,
          'x-correlation-id': correlationId,
          ...(internalKey === undefined ? {} : { 'x-internal-api-key': internalKey }),
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
      if (PASSING.has(answer.status)) throw new PassingError(target, `${target} answered ${answer.status}`)
      if (!answer.ok) throw new UpstreamError(target, answer.status, UpstreamProblem.safeParse(json).data ?? {})
      const read = schema.safeParse(json)
      if (!read.success) throw new Error(`${target} answered what cannot be read: ${z.prettifyError(read.error)}`)
      return read.data
    },
  }
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
