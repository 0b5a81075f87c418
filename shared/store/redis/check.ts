import type { RedisClient } from './client.ts'

/**
 * What is wrong with a Redis as a home for state, in sentences; empty when nothing is. It is a warning and a readiness
 * detail, not a refusal: state that is lost comes back from the log (invariant 13), but slowly.
 */
export const redisWarnings = async (redis: Pick<RedisClient, 'info'>): Promise<readonly string[]> => {
  const info = await redis.info()
  const warnings: string[] = []
  const policy = info.get('maxmemory_policy')
  if (policy !== undefined && policy !== 'noeviction')
    warnings.push(`maxmemory-policy is ${policy}: Redis may evict state; set it to noeviction`)
  if (info.get('aof_enabled') === '0')
    warnings.push('appendonly is off: a restart of Redis loses state, which then is rebuilt from the log')
  return warnings
}
