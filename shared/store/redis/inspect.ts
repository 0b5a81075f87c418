import { z } from 'zod'
import type { RedisClient } from './client.ts'

/** What a Redis says of itself; of a Cluster, one of its nodes. */
export interface RedisFacts {
  readonly info: ReadonlyMap<string, string>
  /** Its clock, milliseconds since 1970. */
  readonly clockMs: number
  /** Commands that no service needs and that this user may give all the same. */
  readonly dangerous: readonly string[]
  /** What services need and this user may not: names of commands, of keys or of channels. */
  readonly forbidden: readonly string[]
}

const DANGEROUS = [['FLUSHALL'], ['SHUTDOWN'], ['DEBUG'], ['KEYS'], ['CONFIG', 'SET', 'x', 'y']]
/** All that our scripts and our client send, but for channels. The script that asks has a key of ours itself. */
export const NEEDED = [
  ...['DEL', 'GET', 'SET', 'TIME', 'PERSIST', 'PEXPIRE', 'PEXPIREAT'],
  ...['HDEL', 'HEXISTS', 'HGET', 'HGETALL', 'HINCRBY', 'HKEYS', 'HMGET', 'HSET', 'HSETNX', 'HVALS'],
  ...['LLEN', 'LRANGE', 'RPUSH', 'SADD', 'SISMEMBER', 'SMEMBERS', 'SREM'],
  ...['ZADD', 'ZCARD', 'ZRANGE', 'ZRANGEBYLEX', 'ZRANGEBYSCORE', 'ZREM', 'ZREVRANGEBYLEX'],
  ...['EVAL', 'EVALSHA', 'PING', 'INFO'],
]

/** `redis.acl_check_cmd` asks whether the user may, without doing it. Each argument is a call as a JSON list of words. */
const LUA = `
local may = {}
for i, words in ipairs(ARGV) do may[i] = redis.acl_check_cmd(unpack(cjson.decode(words))) and 1 or 0 end
local now = redis.call('TIME')
return { now[1] * 1000 + math.floor(now[2] / 1000), may }
`
const Looked = z.tuple([z.number(), z.array(z.int())])

/** Looks at a Redis and changes nothing. Rejects when it cannot be reached, or lets us do next to nothing. */
export const inspectRedis = async (
  redis: Pick<RedisClient, 'define' | 'info'>,
  { prefix, channel }: { readonly prefix: string; readonly channel: string },
): Promise<RedisFacts> => {
  const look = redis.define({ name: 'batonDoctor', numberOfKeys: 1, lua: LUA })
  const key = `${prefix}{doctor}`
  const ofChannel = new Map([
    [`tell the channel ${channel}`, ['PUBLISH', channel, 'x']],
    [`listen to the channel ${channel}`, ['SUBSCRIBE', channel]],
  ])
  // Whatever of its words a command takes for keys is a key of ours.
  const needed = [...NEEDED.map((name) => [name, [name, key, key, key]] as const), ...ofChannel]
  const calls = [...DANGEROUS, ...needed.map(([, words]) => words)].map((words) => JSON.stringify(words))
  const [info, looked] = await Promise.all([redis.info(), look([key], calls)])
  const [clockMs, may] = Looked.parse(looked)
  return {
    info,
    clockMs,
    dangerous: DANGEROUS.filter((_, i) => may[i] === 1).map((words) => words.slice(0, 2).join('|')),
    forbidden: needed.filter((_, i) => may[DANGEROUS.length + i] !== 1).map(([name]) => name),
  }
}
