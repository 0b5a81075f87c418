import type { Context, MiddlewareHandler, Next } from 'hono'
import { rateLimiter } from 'hono-rate-limiter'
import { PassingError } from '../../shared/errors.ts'
import { patternOf } from '../../shared/http/pattern.ts'
import { ProblemError } from '../../shared/http/problem.ts'
import type { GatewayEnv } from '../env.ts'
import type { Role } from '../sign-in/roles.ts'
import type { Budget, Budgets, Limit, RateLimitStore, Verdict } from './port.ts'

/** Which numbers hold for a route. */
export type Kind = 'pipelines' | 'status' | 'uploads' | 'default'
export type Limits = Readonly<Record<Kind | 'organisation', Limit>>

export interface LimiterDeps {
  readonly store: RateLimitStore
  /** Takes over with the same numbers while the store is away. */
  readonly fallback: RateLimitStore
  readonly limits: Limits
  /** How many times more a role may call; the largest of somebody's roles counts. */
  readonly factors: Readonly<Partial<Record<Role, number>>>
  readonly limited: (kind: Kind, verdict: 'allowed' | 'refused' | 'unchecked') => void
  /** Milliseconds since 1970. */
  readonly clock: () => number
}

export interface Limiter {
  /**
   * Limits a client (the signed-in user, else the address) on the route that the request matches, whatever batch the
   * path names, and all of an organisation together. Every answer says what is left (`RateLimit`, as the IETF draft
   * writes it).
   */
  readonly limit: MiddlewareHandler<GatewayEnv>
  /** Counts a request that did not come so far as to be limited, by address; rejects with the 429 once there were too many. */
  refused(c: Context<GatewayEnv>): Promise<void>
}

export const createLimiter = (deps: LimiterDeps, kindOf: (pattern: string) => Kind): Limiter => {
  const { store, fallback, limits, factors, limited, clock } = deps

  const take = async (kind: Kind, budgets: Budgets): Promise<readonly Verdict[]> => {
    try {
      return await store.take(budgets)
    } catch (thrown) {
      if (!(thrown instanceof PassingError)) throw thrown
      limited(kind, 'unchecked')
      return fallback.take(budgets)
    }
  }
  const scaled = ({ perMinute, burst }: Limit, c: Context<GatewayEnv>): Limit => {
    const factor = Math.max(1, ...(c.get('user')?.roles ?? []).map((role) => factors[role] ?? 1))
    return { perMinute: perMinute * factor, burst: burst * factor }
  }
  const kind = (c: Context<GatewayEnv>): Kind => kindOf(patternOf(c))
  const address = (c: Context<GatewayEnv>) => `address ${c.get('address')}`
  /** What a call is taken out of; none where nothing limits it. */
  const budgetsOf = (c: Context<GatewayEnv>): readonly Budget[] => {
    const user = c.get('user')
    const client = user ? `user ${user.userId}` : address(c)
    const method = c.req.method === 'HEAD' ? 'GET' : c.req.method
    const own = { key: `${client} ${method} ${patternOf(c)}`, limit: scaled(limits[kind(c)], c) }
    const group = user?.orgId && { key: `organisation ${user.orgId}`, limit: scaled(limits.organisation, c) }
    return [own, ...(group ? [group] : [])].filter(({ limit }) => limit.perMinute > 0)
  }
  const budgetsOnce = (c: Context<GatewayEnv>): readonly Budget[] => {
    const budgets = c.get('budgets') ?? budgetsOf(c)
    c.set('budgets', budgets)
    return budgets
  }
  /** What is told of: the route's own limit, or the organisation's where the route has none. */
  const limitOf = (c: Context<GatewayEnv>): Limit => budgetsOnce(c)[0]?.limit ?? NO_LIMIT

  const count = rateLimiter<GatewayEnv>({
    limit: (c) => limitOf(c).burst,
    skip: (c) => budgetsOnce(c).length === 0,
    standardHeaders: false,
    keyGenerator: (c) => JSON.stringify([kind(c), ...budgetsOnce(c)]),
    store: {
      async increment(key) {
        const [kind, ...budgets]: [Kind, ...Budgets] = JSON.parse(key)
        const verdicts = await take(kind, budgets)
        const refusal = verdicts.find(({ allowed }) => !allowed)
        limited(kind, refusal ? 'refused' : 'allowed')
        const [client] = verdicts
        const used = budgets[0].limit.burst - (client?.remaining ?? 0)
        const ms = refusal ? refusal.retryAfterMs : (client?.resetMs ?? 0)
        return { totalHits: refusal ? budgets[0].limit.burst + 1 : used, resetTime: new Date(clock() + ms) }
      },
      decrement() {},
      resetKey() {},
    },
    handler(c) {
      const seconds = Math.max(1, secondsUntil(c.get('rateLimit')?.resetTime, clock()))
      throw tooMany(kind(c), limitOf(c), seconds)
    },
  })

  const tell = async (c: Context<GatewayEnv>, next: Next): Promise<void> => {
    await next()
    const left = c.get('rateLimit')
    if (!left) return
    const { headers } = c.res
    headers.set('ratelimit-policy', policy(kind(c), limitOf(c)))
    headers.set('ratelimit', `"${kind(c)}";r=${left.remaining};t=${secondsUntil(left.resetTime, clock())}`)
  }

  return {
    limit: (c, next) => count(c, () => tell(c, next)),
    async refused(c) {
      const limit = limits.default
      if (limit.perMinute === 0) return
      const [verdict] = await take('default', [{ key: `${address(c)} refused`, limit }])
      limited('default', verdict?.allowed ? 'allowed' : 'refused')
      if (verdict && !verdict.allowed)
        throw tooMany('default', limit, Math.max(1, Math.ceil(verdict.retryAfterMs / 1_000)))
    },
  }
}

const NO_LIMIT: Limit = { perMinute: 0, burst: 0 }

const secondsUntil = (time: Date | undefined, now: number): number =>
  Math.max(0, Math.ceil(((time?.getTime() ?? now) - now) / 1_000))

const policy = (kind: Kind, { perMinute, burst }: Limit): string =>
  `"${kind}";q=${burst};w=${Math.ceil((60 * burst) / perMinute)}`

const tooMany = (kind: Kind, limit: Limit, seconds: number): ProblemError =>
  new ProblemError({
    code: 'RATE_LIMIT',
    detail: `This may be called ${limit.perMinute} times a minute, ${limit.burst} at once, and less where an organisation shares its limit. Ask again in ${seconds} s.`,
    headers: {
      'retry-after': String(seconds),
      'ratelimit-policy': policy(kind, limit),
      ratelimit: `"${kind}";r=0;t=${seconds}`,
    },
  })
