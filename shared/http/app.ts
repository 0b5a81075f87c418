import { OpenAPIHono } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { HTTPException } from 'hono/http-exception'
import { asError } from '../errors.ts'
import { normalizeUuid, randomId } from '../ids.ts'
import { noTracer, validTraceparent } from '../telemetry/trace.ts'
import { patternOf } from './pattern.ts'
import { fieldErrors } from './pointer.ts'
import type { AppDeps } from './ports.ts'
import { type ProblemInput, problemOf, problemResponse, wrongValues } from './problem.ts'
import { createRouter } from './router.ts'
import type { Timings } from './timing.ts'
import { readInOneStep } from './validation.ts'

/** What the base app puts on each request's context. */
export interface BaseEnv {
  Bindings: object
  Variables: {
    correlationId: string
    /** W3C trace context of this request, for what it causes. */
    traceparent: string
    /** What the time was spent on, as far as it was measured. */
    timings: Timings
    /** The code of the problem that was answered, if one was. */
    problem?: string
    /** Set by sign-in or by the internal key; goes into the access log. */
    actor?: string
    /** Kept by `patternOf`. */
    pattern?: string
  }
}

export type App<Env extends BaseEnv = BaseEnv> = OpenAPIHono<Env>

export interface AppOptions<Env extends BaseEnv> extends AppDeps {
  /** Adds what goes around all that may refuse a request, the limit of its body included, and sees the request as it came. */
  readonly outermost?: (app: App<Env>) => void
}

/** Set on the response itself: once there is one, `c.header` copies it for each header, its body as a stream. */
const SECURITY_HEADERS = [
  ['x-content-type-options', 'nosniff'],
  ['content-security-policy', "default-src 'none'; frame-ancestors 'none'"],
  ['referrer-policy', 'no-referrer'],
  ['cache-control', 'no-store'],
] as const

/**
 * The app that all services build on: correlation id, access log, metrics, security headers, body limit, and one error
 * shape for whatever goes wrong, also in the first middleware (invariant 11).
 */
export const createApp = <Env extends BaseEnv = BaseEnv>(deps: AppOptions<Env>): App<Env> => {
  const { logger, metrics, context, clock, slowMs, maxBodyBytes } = deps
  const tracer = context.tracer ?? noTracer

  const answer = (c: Context, problem: ProblemInput): Response => {
    const id: string = c.get('correlationId') ?? randomId()
    metrics.problem(routeOf(c), problem.code)
    c.set('problem', problem.code)
    if (problem.code === 'UNKNOWN_ERROR' || problem.cause instanceof Error) {
      const cause = problem.cause === undefined ? undefined : asError(problem.cause)
      const line = { code: problem.code, err: cause?.message, stack: cause?.stack }
      if (problem.code === 'UNKNOWN_ERROR') logger.error(line, 'request failed')
      else logger.warn(line, 'request failed')
    }
    const response = problemResponse(problem, id)
    response.headers.set('x-correlation-id', id)
    for (const [name, value] of SECURITY_HEADERS) response.headers.set(name, value)
    return response
  }

  const app = new OpenAPIHono<Env>({
    router: createRouter(),
    defaultHook(result) {
      if (result.success) return
      const { errors, count } = fieldErrors(result.target, result.error.issues)
      throw wrongValues(errors, count)
    },
  })

  readInOneStep(app)

  app.use('*', async function correlate(c, next) {
    const started = clock()
    const correlationId = normalizeUuid(c.req.header('x-correlation-id') ?? '') ?? randomId()
    c.set('correlationId', correlationId)
    c.set('timings', new Map())
    const parent = validTraceparent(c.req.header('traceparent'))
    const span = tracer.start(c.req.method, { kind: 'server', correlationId, parent })
    c.set('traceparent', span.traceparent)
    const handle = async (): Promise<void> => {
      await next()
      // A repeated request is answered under the id of the first.
      const { headers, status } = c.res
      headers.set('x-correlation-id', c.get('correlationId'))
      for (const [name, value] of SECURITY_HEADERS) if (!headers.has(name)) headers.set(name, value)
      const ms = clock() - started
      const route = routeOf(c)
      const { method } = c.req
      metrics.request(method, route, status, ms / 1_000)
      const [problem, actor] = [c.get('problem'), c.get('actor')]
      // One wide line a request: whoever looks for one thing finds all there is to know of it.
      const line = {
        ...{ method, route, status, ms, problem, actor, batch_id: c.req.param('batch_id') },
        trace_id: span.traceparent.slice(3, 35),
        bytes_in: Number(c.req.header('content-length') ?? 0),
        user_agent: c.req.header('user-agent')?.slice(0, 200),
      }
      if (ms >= slowMs) logger.warn({ ...line, spent_ms: Object.fromEntries(c.get('timings')) }, 'slow request')
      else logger.info(line, 'request')
      span.end({
        name: `${method} ${route}`,
        attributes: { 'http.request.method': method, 'http.route': route, 'http.response.status_code': status },
        error: status >= 500 ? (problem ?? `${status}`) : undefined,
      })
    }
    metrics.inFlight(1)
    try {
      await context.run(correlationId, handle, span.traceparent)
    } finally {
      metrics.inFlight(-1)
    }
  })
  deps.outermost?.(app)
  const tooLarge = async (c: Context) => {
    await deps.refusedEarly?.(c)
    return answer(c, { code: 'PAYLOAD_TOO_LARGE', detail: `A body may have ${maxBodyBytes} bytes.` })
  }
  const limitRead = bodyLimit({ maxSize: maxBodyBytes, onError: tooLarge })
  app.use('*', async function limitBody(c, next) {
    if (deps.streamedPaths?.test(c.req.path)) return next()
    const length = c.req.header('content-length')
    // Hono's own limit opens the body as a stream in any case, which then is read more slowly than as a whole.
    if (length === undefined || c.req.header('transfer-encoding') !== undefined) return limitRead(c, next)
    return Number(length) > maxBodyBytes ? tooLarge(c) : next()
  })

  app.onError((error, c) => {
    if (isGone(error, c)) return answer(c, GONE)
    return answer(c, error instanceof HTTPException ? frameworkProblem(error) : problemOf(error))
  })
  app.notFound(async (c) => {
    await deps.refusedEarly?.(c)
    const methods = allowedMethods(app, c.req.path)
    if (methods.length === 0) return answer(c, { code: 'RESOURCE_NOT_FOUND', detail: 'There is no such route.' })
    const allow = methods.join(', ')
    return answer(c, { code: 'METHOD_NOT_ALLOWED', detail: `This route has ${allow}.`, headers: { allow } })
  })
  return app
}

/** A route for labels; one word for everything that no route answered. */
const routeOf = (c: Context): string => {
  const pattern = patternOf(c)
  return pattern === '*' || pattern === '/*' || pattern === '' ? 'none' : pattern
}

/** Nobody reads this answer; it counts as the client's, since a body that never came is no failure of ours. */
const GONE: ProblemInput = {
  code: 'INVALID_REQUEST',
  detail: 'The connection was closed before the request was complete.',
}

const isGone = (error: Error, c: Context): boolean => error.name === 'AbortError' && c.req.raw.signal.aborted

/** What Hono itself refuses before a route sees it. */
const frameworkProblem = (error: HTTPException): ProblemInput => {
  switch (error.status) {
    case 400:
      return { code: 'INVALID_REQUEST', detail: 'The body is not JSON.' }
    case 413:
      return { code: 'PAYLOAD_TOO_LARGE', detail: 'The body is too large.' }
    case 415:
      return { code: 'UNSUPPORTED_MEDIA_TYPE', detail: 'Send the body as application/json.' }
    default:
      return { code: 'UNKNOWN_ERROR', detail: 'The request could not be handled. It has been logged.', cause: error }
  }
}

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const

/** The methods that some route has for this path; empty when there is no such path. */
const allowedMethods = (app: Pick<OpenAPIHono, 'router'>, path: string): readonly string[] =>
  METHODS.filter((method) => {
    const [handlers] = app.router.match(method, path)
    return handlers.some(([[, route]]) => route.method === method)
  })
