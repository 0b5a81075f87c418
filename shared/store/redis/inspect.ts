import type { RedisClient } from './client.ts'

/** What a Redis says of itself; of a Cluster, one of its nodes. */
export interface RedisFacts {
  readonly info: ReadonlyMap<string, string>
  /** Its clock, milliseconds since 1970. */
  readonly clockMs: number
  /** Commands that no service needs and that this user may give all the same. */
  readonly dangerous: readonly string[]
}

const DANGEROUS = ['FLUSHALL', 'SHUTDOWN', 'DEBUG', 'KEYS', 'CONFIG|SET']

/** `redis.acl_check_cmd` asks whether the user may, without doing it. */
const LUA = `
local may = {}
for _, name in ipairs(ARGV) do
  local command, sub = string.match(name, '^([^|]+)|?(.*)$')
  local allowed
  if sub == '' then allowed = redis.acl_check_cmd(command) else allowed = redis.acl_check_cmd(command, sub, 'x', 'y') end
  if allowed then may[#may + 1] = name end
end
local now = redis.call('TIME')
return { now[1] * 1000 + math.floor(now[2] / 1000), may }
`

/** Looks at a Redis and changes nothing. Rejects when it cannot be reached. */
export const inspectRedis = async (redis: Pick<RedisClient, 'define' | 'info'>): Promise<RedisFacts> => {
  const look = redis.define({ name: 'batonDoctor', numberOfKeys: 1, lua: LUA })
  const [info, looked] = await Promise.all([redis.info(), look(['{doctor}'], DANGEROUS)])
  const [clock, dangerous] = Array.isArray(looked) ? looked : []
  return { info, clockMs: Number(clock), dangerous: Array.isArray(dangerous) ? dangerous.map(String) : [] }
}
