import { join } from 'node:path'
import type { Lifecycle } from '../../shared/lifecycle.ts'
import { createEmbeddedLog } from '../../shared/log/embedded/log.ts'
import { createKafkaLog } from '../../shared/log/kafka/log.ts'
import { loadCatalog } from '../../shared/pipelines/load.ts'
import { createEmbeddedMarkers } from '../../shared/store/marker/embedded.ts'
import { createRedisClient } from '../../shared/store/redis/client.ts'
import { openDatabase } from '../../shared/store/sqlite.ts'
import type { Logger } from '../../shared/telemetry/logger-port.ts'
import { FACTS_GROUP } from '../service.ts'
import { createEmbeddedBatchStore } from '../state/embedded.ts'
import { createRedisBatchStore } from '../state/redis.ts'
import type { RebuildDeps } from './rebuild.ts'
import { createEmbeddedReplace, createRedisReplace } from './replace.ts'

export interface LiveStateOptions {
  readonly config: {
    readonly KAFKA_BROKERS?: readonly string[] | undefined
    readonly KAFKA_PREFIX: string
    readonly REDIS_URL?: string | undefined
    readonly REDIS_PREFIX: string
    readonly DATA_DIR: string
  }
  readonly logger: Logger
  readonly lifecycle: Pick<Lifecycle, 'onStop'>
}

/** The log and the live state that a rebuild compares: Kafka and Redis where they are named, else the embedded files. */
export const liveState = ({
  config,
  logger,
  lifecycle,
}: LiveStateOptions): Pick<RebuildDeps, 'log' | 'store' | 'replace' | 'catalog'> => {
  const catalog = loadCatalog(join(import.meta.dir, '../../pipelines'))
  const { KAFKA_BROKERS: brokers, REDIS_URL: url, DATA_DIR } = config
  if (brokers && url) {
    const log = createKafkaLog({ brokers, prefix: config.KAFKA_PREFIX, clientId: 'baton-rebuild', logger })
    lifecycle.onStop('log', () => log.close())
    const redis = createRedisClient({ url, connectionName: 'baton-rebuild', logger })
    lifecycle.onStop('redis', () => redis.close())
    const prefix = config.REDIS_PREFIX
    const store = createRedisBatchStore({ redis, prefix, group: FACTS_GROUP })
    return { log, store, replace: createRedisReplace({ redis, prefix }), catalog }
  }
  if (brokers || url) throw new Error('KAFKA_BROKERS and REDIS_URL belong together: set both, or neither')
  const log = createEmbeddedLog({ path: join(DATA_DIR, 'log.sqlite'), logger })
  lifecycle.onStop('log', () => log.close())
  const db = openDatabase(join(DATA_DIR, 'state.sqlite'))
  lifecycle.onStop('state', () => db.close())
  const store = createEmbeddedBatchStore({ db, markers: createEmbeddedMarkers(db), group: FACTS_GROUP })
  return { log, store, replace: createEmbeddedReplace(db), catalog }
}
