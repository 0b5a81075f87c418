import { z } from 'zod'
import { compiled } from '../../shared/compiled.ts'
import { gathered } from '../../shared/gathered.ts'
import type { RedisClient } from '../../shared/store/redis/client.ts'
import { limitBucket, limitKeys } from '../keys.ts'
import { intervalOf } from './interval.ts'
import take from './lua/take.lua' with { type: 'text' }
import type { Budget, Budgets, RateLimitStore, Verdict } from './port.ts'

/** What Lua's stack holds without a second thought: a call has two keys and five numbers at most. */
const CALLS_PER_SCRIPT = 250

const Reply = z.array(z.number())

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

  const takeAll = async (calls: readonly Budgets[]): Promise<readonly (readonly Verdict[])[]> => {
    const keys = calls.flatMap((budgets) => limitKeys(prefix, budgets))
    const numbers = calls.flatMap((budgets) => [budgets.length, ...budgets.flatMap(numbersOf)])
    const reply = compiled(Reply).parse(await run(keys, [clock?.() ?? '', ...numbers]))
    let told = 0
    return calls.map((budgets) => budgets.map(() => verdictOf(reply, 4 * told++)))
  }
  const groupOf = (budgets: Budgets): number => (redis.isCluster ? limitBucket(budgets) : 0)
  return { take: gathered({ work: takeAll, groupOf, atMost: CALLS_PER_SCRIPT }) }
}

const numbersOf = ({ limit }: Budget): number[] => [intervalOf(limit), limit.burst]

const verdictOf = (reply: readonly number[], at: number): Verdict => {
  const [allowed, remaining = 0, retryAfterMs = 0, resetMs = 0] = reply.slice(at, at + 4)
  return { allowed: allowed === 1, remaining, retryAfterMs, resetMs }
}
