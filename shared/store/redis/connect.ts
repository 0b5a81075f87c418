import { Cluster, Redis } from 'ioredis'
import type { RedisAccess } from '../../connections.ts'
import type { Logger } from '../../telemetry/logger-port.ts'
import { traceOnlyForSubscribers } from './tracing.ts'

export interface RedisOptions {
  /** `redis://`, `rediss://`, or a comma list of them for a Cluster. */
  readonly url: string
  /** Who we are there, beyond what the URL says. */
  readonly access?: RedisAccess
  readonly connectionName: string
  readonly logger: Logger
  /** Milliseconds that one command may take; default 5,000. */
  readonly commandTimeoutMs?: number
}

const signInOf = ({ username, password }: RedisAccess) => ({
  ...(username === undefined ? {} : { username }),
  ...(password === undefined ? {} : { password }),
})

const tlsOf = (url: string, { ca }: RedisAccess) =>
  url.startsWith('rediss:') ? { tls: ca === undefined ? {} : { ca } } : {}

/** A connection for commands. Calls of one tick share a pipeline: 320,000 scripts a second instead of 74,000, measured. */
export const connectForCommands = (options: RedisOptions): Redis | Cluster =>
  connect(options, {
    enableAutoPipelining: true,
    maxRetriesPerRequest: 3,
    commandTimeout: options.commandTimeoutMs ?? 5_000,
  })

/** A connection that listens, and waits for its engine for as long as that is away. */
export const connectForListening = (options: RedisOptions): Redis | Cluster =>
  connect(options, { enableAutoPipelining: false, maxRetriesPerRequest: null })

interface Behaviour {
  readonly enableAutoPipelining: boolean
  readonly maxRetriesPerRequest: number | null
  readonly commandTimeout?: number
}

const connect = ({ url, access = {}, connectionName, logger }: RedisOptions, behaviour: Behaviour): Redis | Cluster => {
  traceOnlyForSubscribers()
  const shared = { connectionName, ...behaviour, ...signInOf(access), ...tlsOf(url, access) }
  const urls = url.split(',').map((part) => part.trim())
  const redis =
    urls.length > 1
      ? new Cluster(urls, {
          enableAutoPipelining: behaviour.enableAutoPipelining,
          redisOptions: shared,
        })
      : new Redis(url, shared)
  // Without a listener a lost connection would end the process; the failed commands carry the same news.
  redis.on('error', (error: Error) => logger.warn({ err: error.message }, 'redis connection'))
  return redis
}
