import { z } from 'zod'
import { bucketOf } from '../../shared/buckets.ts'
import { compiled } from '../../shared/compiled.ts'
import { gathered } from '../../shared/gathered.ts'
import type { RedisClient } from '../../shared/store/redis/client.ts'
import { limitKeys } from '../keys.ts'
import { intervalOf } from './interval.ts'
import take from './lua/take.lua' with { type: 'text' }
import type { Budget, RateLimitStore, Verdict } from './port.ts'

/** What Lua's stack holds without a second thought: a call has two keys and four numbers. */
const CALLS_PER_SCRIPT = 250

const Reply = z.array(z.number())

type Call = Parameters<RateLimitStore['take']>[0]

export interface RedisRateLimitOptions {
  readonly redis: Pick<RedisClient, 'define' | 'isCluster'>
  readonly prefix: string
  /** Microseconds since 1970; left out, the store's own clock, which all gateways share. */
  readonly clock?: () => number
}

/**
 * Limits that all gateways share: the calls of one turn of the event loop are one script, of a Cluster one for each bucket. A
 * script for each call took a tenth of an accepted command, measured. Rejects with a PassingError when Redis is in the way.
 */
export const createRedisRateLimitStore = ({ redis, prefix, clock }: RedisRateLimitOptions): RateLimitStore => {
  const run = redis.define({ name: 'takeFromLimits', numberOfKeys: 'many', lua: take })

  const takeAll = async (calls: readonly Call[]): Promise<readonly (readonly Verdict[])[]> => {
    const keys = calls.flatMap(([client, group]) => limitKeys(prefix, client.key, group?.key ?? client.key))
    const numbers = calls.flatMap(([client, group]) => [...numbersOf(client), ...(group ? numbersOf(group) : [0, 0])])
    const reply = compiled(Reply).parse(await run(keys, [clock?.() ?? '', ...numbers]))
    return calls.map(([, group], i) =>
      [0, ...(group ? [1] : [])].map((budget) => {
        const [allowed, remaining = 0, retryAfterMs = 0, resetMs = 0] = reply.slice(8 * i + 4 * budget)
        return { allowed: allowed === 1, remaining, retryAfterMs, resetMs }
      }),
    )
  }
  const groupOf = ([client, group]: Call): number => (redis.isCluster ? bucketOf(group?.key ?? client.key) : 0)
  return { take: gathered({ work: takeAll, groupOf, atMost: CALLS_PER_SCRIPT }) }
}

const numbersOf = ({ limit }: Budget) => [intervalOf(limit), limit.burst] as const
