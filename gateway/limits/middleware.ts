import type { MiddlewareHandler } from 'hono'
import { every } from 'hono/combine'
import { rateLimiter } from 'hono-rate-limiter'
import { PassingError } from '../../shared/errors.ts'
import { problemResponse } from '../../shared/http/problem.ts'
import type { GatewayEnv } from '../env.ts'
import type { Limit, RateLimitStore } from './port.ts'

export interface LimiterDeps {
  readonly store: RateLimitStore
  /** Takes over with the same numbers while the store is away. */
  readonly fallback: RateLimitStore
  readonly limited: (route: string, verdict: 'allowed' | 'refused' | 'unchecked') => void
  /** The client's address; trusted, so never a header that anyone can write. */
  readonly peerOf: (request: Request) => string
  /** Milliseconds since 1970. */
  readonly clock: () => number
}

/**
 * Limits one kind of route: per client (the signed-in user, else the address), whatever batch the path names. Refused
 * calls cost nothing. Every answer says what is left (`RateLimit`, as the IETF draft writes it).
 */
export const limiter = (kind: string, limit: Limit, deps: LimiterDeps): MiddlewareHandler<GatewayEnv> => {
  if (limit.perMinute === 0) return async (_, next) => next()
  const { store, fallback, limited, peerOf, clock } = deps

  const take = async (key: string) => {
    try {
      return await store.take(key, limit)
    } catch (thrown) {
      if (!(thrown instanceof PassingError)) throw thrown
      limited(kind, 'unchecked')
      return fallback.take(key, limit)
    }
  }
  const policy = `"${kind}";q=${limit.burst};w=${Math.ceil((60 * limit.burst) / limit.perMinute)}`
  const secondsUntil = (time: Date | undefined) =>
    Math.max(0, Math.ceil(((time?.getTime() ?? clock()) - clock()) / 1_000))

  const count = rateLimiter<GatewayEnv>({
    limit: limit.burst,
    standardHeaders: false,
    keyGenerator: (c) => `${kind}:${c.get('user')?.userId ?? `address ${peerOf(c.req.raw)}`}`,
    store: {
      async increment(key) {
        const { allowed, remaining, retryAfterMs, resetMs } = await take(key)
        limited(kind, allowed ? 'allowed' : 'refused')
        const totalHits = allowed ? limit.burst - remaining : limit.burst + 1
        return { totalHits, resetTime: new Date(clock() + (allowed ? resetMs : retryAfterMs)) }
      },
      decrement() {},
      resetKey() {},
    },
    handler(c) {
      const seconds = Math.max(1, secondsUntil(c.get('rateLimit').resetTime))
      const detail = `This client may call ${limit.perMinute} times a minute, ${limit.burst} at once. Ask again in ${seconds} s.`
      const headers = {
        'retry-after': String(seconds),
        'ratelimit-policy': policy,
        ratelimit: `"${kind}";r=0;t=${seconds}`,
      }
      return problemResponse({ code: 'RATE_LIMIT', detail, headers }, c.get('correlationId'))
    },
  })
  const tell: MiddlewareHandler<GatewayEnv> = async (c, next) => {
    await next()
    const { remaining, resetTime } = c.get('rateLimit')
    c.header('ratelimit-policy', policy)
    c.header('ratelimit', `"${kind}";r=${remaining};t=${secondsUntil(resetTime)}`)
  }
  return every(count, tell)
}
