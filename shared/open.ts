import type { z } from 'zod'
import type { kafkaConfig, redisConfig } from './config.ts'
import { kafkaSecurityOf, redisAccessOf } from './connections.ts'
import type { Lifecycle } from './lifecycle.ts'
import { createKafkaLog } from './log/kafka/log.ts'
import type { EventLog } from './log/port.ts'
import { createRedisClient, type RedisClient } from './store/redis/client.ts'
import type { Logger } from './telemetry/logger-port.ts'

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

export const openRedis = (opening: Opening<z.infer<z.ZodObject<typeof redisConfig>>>): RedisClient => {
  const { config, name, logger, lifecycle } = opening
  const redis = createRedisClient({
    url: config.REDIS_URL,
    access: redisAccessOf(config),
    connectionName: name,
    logger,
  })
  lifecycle.onStop('redis', () => redis.close())
  return redis
}
