import { createHash } from 'node:crypto'
import { Cluster } from 'ioredis'
import { asError } from '../../errors.ts'
import type { ScriptTimer } from '../../telemetry/script-metrics.ts'
import { within } from '../../within.ts'
import { connectForCommands, type RedisOptions } from './connect.ts'
import { redisFailure } from './failures.ts'
import { type ChannelListener, subscribeTo } from './subscribe.ts'

export type { RedisOptions }

/** A Lua script: its source as text, and how many of its arguments are keys; `many` for one that takes any number. */
export interface Script {
  readonly name: string
  readonly numberOfKeys: number | 'many'
  readonly lua: string
}

/** Runs one script. Rejects with a `PassingError` when Redis is in the way. */
export type RunScript = (keys: readonly string[], args: readonly (string | number)[]) => Promise<unknown>

/** All that our stores use of a Redis, single or Cluster. */
export interface RedisClient {
  /** Whether keys of one script must lie in one slot. */
  readonly isCluster: boolean
  define(script: Script): RunScript
  ping(): Promise<void>
  /** Sections of INFO as one map of names to values; of a Cluster, those of one of its nodes. */
  info(): Promise<ReadonlyMap<string, string>>
  /** Tells whoever listens to the channel now; nobody keeps it. Rejects with a `PassingError` when Redis is in the way. */
  publish(channel: string, message: string): Promise<void>
  /** Listens to a channel until the answer is called. */
  subscribe(channel: string, listener: ChannelListener): () => Promise<void>
  /**
   * Names of all keys that match a glob pattern, some perhaps twice. It reads the name of every key there is: for commands of
   * operations, never for a service.
   */
  scan(pattern: string): AsyncGenerator<string>
  close(): Promise<void>
}

export interface RedisClientOptions extends RedisOptions {
  /** Hears how long scripts took; default nobody. */
  readonly scripts?: ScriptTimer
  /** Milliseconds on a clock that is never set; default the process's own. */
  readonly clock?: () => number
}

/** Connects to Redis. */
export const createRedisClient = (options: RedisClientOptions): RedisClient => {
  const { commandTimeoutMs = 5_000, scripts, clock = performance.now.bind(performance) } = options
  const redis = connectForCommands(options)

  /** A Cluster that is away keeps some calls for ever, whatever the limit of its nodes' commands: here all have one. */
  const limited = <Result>(call: Promise<Result>): Promise<Result> =>
    redis instanceof Cluster
      ? within(
          commandTimeoutMs,
          () => call,
          () => new Error('Command timed out'),
        )
      : call
  const guarded = async <Result>(call: () => Promise<Result>): Promise<Result> => {
    try {
      return await limited(call())
    } catch (thrown) {
      // ioredis follows a slot that has moved only when a whole pipeline met that; ours mix the slots of a node.
      if (redis instanceof Cluster && asError(thrown).message.startsWith('MOVED')) redis.refreshSlotsCache()
      throw redisFailure(thrown)
    }
  }

  const commandOf = (name: string, numberOfKeys: number, lua: string): RunScript => {
    redis.defineCommand(name, { numberOfKeys, lua })
    const command: (...args: (string | number)[]) => Promise<unknown> = Reflect.get(redis, name).bind(redis)
    return (keys, args) => command(...keys, ...args)
  }
  /** A defined command is routed over a Cluster by its first argument, which would be the number of keys; this one by its keys. */
  const callOf = (lua: string): RunScript => {
    const sha = createHash('sha1').update(lua).digest('hex')
    return (keys, args) => redis.evalsha(sha, keys.length, ...keys, ...args)
  }

  return {
    isCluster: redis instanceof Cluster,
    define({ name, numberOfKeys, lua }) {
      const call = numberOfKeys === 'many' ? callOf(lua) : commandOf(name, numberOfKeys, lua)
      const took = scripts?.(name)
      return async function runScript(keys, args) {
        if (numberOfKeys !== 'many' && keys.length !== numberOfKeys)
          throw new Error(`${name} takes ${numberOfKeys} keys, got ${keys.length}`)
        const started = clock()
        try {
          return await guarded(() =>
            call(keys, args).catch((thrown: unknown) => {
              // ioredis remembers for a minute that a Cluster has a script, also of a node that has restarted since.
              if (!asError(thrown).message.startsWith('NOSCRIPT')) throw thrown
              return redis.eval(lua, keys.length, ...keys, ...args)
            }),
          )
        } finally {
          took?.((clock() - started) / 1_000)
        }
      }
    },
    ping: () => guarded(async () => void (await redis.ping())),
    info: () => guarded(async () => parseInfo(await redis.info())),
    publish: (channel, message) => guarded(async () => void (await redis.publish(channel, message))),
    subscribe: (channel, listener) => subscribeTo(options, channel, listener),
    async *scan(pattern) {
      // A Cluster knows its nodes once it has answered.
      await guarded(() => redis.ping())
      for (const node of redis instanceof Cluster ? redis.nodes('master') : [redis]) {
        let cursor = ''
        while (cursor !== '0') {
          const [next, keys] = await guarded(() => node.scan(cursor || '0', 'MATCH', pattern, 'COUNT', 1_000))
          cursor = next
          yield* keys
        }
      }
    },
    async close() {
      await limited(redis.quit()).catch(() => redis.disconnect())
    },
  }
}

const parseInfo = (text: string): ReadonlyMap<string, string> => {
  const map = new Map<string, string>()
  for (const line of text.split('\r\n')) {
    const colon = line.indexOf(':')
    if (colon > 0 && !line.startsWith('#')) map.set(line.slice(0, colon), line.slice(colon + 1))
  }
  return map
}
