import { z } from 'zod'
import type { RedisClient } from '../../shared/store/redis/client.ts'
import { limitKeys } from '../keys.ts'
import { intervalOf } from './interval.ts'
import take from './lua/take.lua' with { type: 'text' }
import type { Budget, RateLimitStore } from './port.ts'

const Reply = z.array(z.tuple([z.number(), z.number(), z.number(), z.number()]))

export interface RedisRateLimitOptions {
  readonly redis: Pick<RedisClient, 'define'>
  readonly prefix: string
  /** Microseconds since 1970; left out, the store's own clock, which all gateways share. */
  readonly clock?: () => number
}

/** Limits that all gateways share: one script a call. Rejects with a PassingError when Redis is in the way. */
export const createRedisRateLimitStore = ({ redis, prefix, clock }: RedisRateLimitOptions): RateLimitStore => {
  const run = redis.define({ name: 'takeFromLimits', numberOfKeys: 2, lua: take })
  return {
    async take([client, group]) {
      const keys = limitKeys(prefix, client.key, group?.key ?? client.key)
      const args = [clock?.() ?? '', ...numbersOf(client), ...(group ? numbersOf(group) : [0, 0])]
      return Reply.parse(await run(keys, args)).map(([allowed, remaining, retryAfterMs, resetMs]) => ({
        allowed: allowed === 1,
        remaining,
        retryAfterMs,
        resetMs,
      }))
    },
  }
}

const numbersOf = ({ limit }: Budget) => [intervalOf(limit), limit.burst] as const
