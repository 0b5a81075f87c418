import type { z } from 'zod'
import type { kafkaConfig, redisConfig } from './config.ts'
import { kafkaSecurityOf, redisAccessOf } from './connections.ts'
import type { Lifecycle } from './lifecycle.ts'
import { createKafkaLog } from './log/kafka/log.ts'
import type { EventLog } from './log/port.ts'
import { createRedisClient, type RedisClient } from './store/redis/client.ts'
import type { Logger } from './telemetry/logger-port.ts'
import type { Metrics } from './telemetry/metrics.ts'

/** Opens what a process needs by its configuration, and closes it when the process stops. For `main.ts` alone. */

interface Opening<Config> {
  readonly config: Config
  /** As the engine's logs and quotas will show it. */
  readonly name: string
  readonly logger: Logger
  readonly lifecycle: Pick<Lifecycle, 'onStop'>
}

export const openLog = (opening: Opening<z.infer<z.ZodObject<typeof kafkaConfig>>>): EventLog => {
  const { config, name, logger, lifecycle } = opening
  const log = createKafkaLog({
    brokers: config.KAFKA_BROKERS,
    prefix: config.KAFKA_PREFIX,
    sessionTimeoutMs: config.KAFKA_SESSION_TIMEOUT_MS,
    security: kafkaSecurityOf(config),
    clientId: name,
    logger,
  })
  lifecycle.onStop('log', () => log.close())
  return log
}

interface OpeningRedis extends Opening<z.infer<z.ZodObject<typeof redisConfig>>> {
  /** Hears how long scripts took; a command of a few calls has none. */
  readonly metrics?: Pick<Metrics, 'scripts'>
}

export const openRedis = ({ config, name, logger, lifecycle, metrics }: OpeningRedis): RedisClient => {
  const redis = createRedisClient({
    url: config.REDIS_URL,
    access: redisAccessOf(config),
    connectionName: name,
    logger,
    ...(metrics ? { scripts: metrics.scripts } : {}),
  })
  lifecycle.onStop('redis', () => redis.close())
  return redis
}
