import { z } from 'zod'
import type { RedisClient } from '../../shared/store/redis/client.ts'
import { limitKey } from '../keys.ts'
import take from './lua/take.lua' with { type: 'text' }
import type { RateLimitStore } from './port.ts'

const Reply = z.tuple([z.number(), z.number(), z.number(), z.number()])

export interface RedisRateLimitOptions {
  readonly redis: RedisClient
  readonly prefix: string
  /** Microseconds since 1970; left out, the store's own clock, which all gateways share. */
  readonly clock?: () => number
}

/** Limits that all gateways share: one script a call. Rejects with a PassingError when Redis is in the way. */
export const createRedisRateLimitStore = ({ redis, prefix, clock }: RedisRateLimitOptions): RateLimitStore => {
  const run = redis.define({ name: 'takeFromLimit', numberOfKeys: 1, lua: take })
  return {
    async take(key, { perMinute, burst }) {
      const args = [clock?.() ?? '', Math.floor(60_000_000 / perMinute), burst]
      const [allowed, remaining, retryAfterMs, resetMs] = Reply.parse(await run([limitKey(prefix, key)], args))
      return { allowed: allowed === 1, remaining, retryAfterMs, resetMs }
    },
  }
}
