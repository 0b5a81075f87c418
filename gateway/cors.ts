import type { MiddlewareHandler } from 'hono'
import { cors } from 'hono/cors'

/** Headers that a front end of another origin may send, and those that it may read. */
const ALLOWED = [
  'Authorization',
  'Content-Type',
  'Idempotency-Key',
  'If-None-Match',
  'Last-Event-ID',
  'X-Correlation-ID',
  'traceparent',
]
const EXPOSED = [
  'Retry-After',
  'RateLimit',
  'RateLimit-Policy',
  'ETag',
  'Location',
  'X-Correlation-ID',
  'Idempotency-Replayed',
  'API-Version',
  'Deprecation',
  'Sunset',
  'Link',
]

/**
 * Lets pages of these origins call the API and read every answer of it, whoever refuses. Hono answers the preflight; on other
 * requests it would make a response before the route does, and then copy that twice, its body as a stream.
 */
export const createCors = (origins: readonly string[]): MiddlewareHandler => {
  const preflight = cors({
    origin: [...origins],
    allowMethods: ['GET', 'POST', 'PATCH', 'OPTIONS'],
    allowHeaders: ALLOWED,
    exposeHeaders: EXPOSED,
    credentials: true,
    maxAge: 600,
  })
  const allowed = new Set(origins)
  const exposed = EXPOSED.join(',')
  return async function crossOrigin(c, next) {
    if (c.req.method === 'OPTIONS') return preflight(c, next)
    await next()
    const { headers } = c.res
    const origin = c.req.header('origin')
    if (origin !== undefined && allowed.has(origin)) headers.set('access-control-allow-origin', origin)
    headers.set('access-control-allow-credentials', 'true')
    headers.set('access-control-expose-headers', exposed)
    headers.append('vary', 'Origin')
    return undefined
  }
}
