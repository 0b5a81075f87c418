import { join } from 'node:path'
import type { z } from 'zod'
import type { kafkaConfig, redisConfig } from '../../shared/config.ts'
import type { Lifecycle } from '../../shared/lifecycle.ts'
import { createEmbeddedLog } from '../../shared/log/embedded/log.ts'
import { openLog, openRedis } from '../../shared/open.ts'
import { loadCatalog } from '../../shared/pipelines/load.ts'
import { createEmbeddedMarkers } from '../../shared/store/marker/embedded.ts'
import { openDatabase } from '../../shared/store/sqlite.ts'
import type { Logger } from '../../shared/telemetry/logger-port.ts'
import { createArchiveStore } from '../archive/store.ts'
import { createEmbeddedOwnedIndex } from '../owned/embedded.ts'
import { createRedisOwnedIndex } from '../owned/redis.ts'
import { FACTS_GROUP } from '../service.ts'
import { createEmbeddedBatchStore } from '../state/embedded.ts'
import { createRedisBatchStore } from '../state/redis.ts'
import { createEmbeddedListing, createRedisListing } from './listing.ts'
import type { RebuildDeps } from './rebuild.ts'
import { createEmbeddedRemove, createRedisRemove } from './remove.ts'
import { createEmbeddedReplace, createRedisReplace } from './replace.ts'

type EngineConfig = z.infer<z.ZodObject<typeof kafkaConfig & typeof redisConfig>>
type MaybeSet = 'KAFKA_BROKERS' | 'REDIS_URL'

export interface LiveStateOptions {
  readonly config: Omit<EngineConfig, MaybeSet> & {
    readonly [Name in MaybeSet]?: EngineConfig[Name] | undefined
  } & { readonly DATA_DIR: string; readonly DATABASE_URL?: string | undefined }
  readonly logger: Logger
  readonly lifecycle: Pick<Lifecycle, 'onStop'>
}

/**
 * The log and the live state that a rebuild compares: Kafka and Redis where they are named, else the embedded files. Throws
 * where only one of the two is named.
 */
export const liveState = (options: LiveStateOptions): Omit<RebuildDeps, 'sleep' | 'print' | 'shadowPath'> => {
  const { config, logger, lifecycle } = options
  const catalog = loadCatalog(join(import.meta.dir, '../../pipelines'))
  const { KAFKA_BROKERS, REDIS_URL, REDIS_PREFIX: prefix, DATA_DIR, DATABASE_URL } = config
  const openArchive = (url: string) => {
    const archive = createArchiveStore({ url })
    lifecycle.onStop('archive', () => archive.close())
    return archive
  }
  if (KAFKA_BROKERS && REDIS_URL) {
    const opening = { config: { ...config, KAFKA_BROKERS, REDIS_URL }, name: 'baton-rebuild', logger, lifecycle }
    const log = openLog(opening)
    const redis = openRedis(opening)
    const store = createRedisBatchStore({ redis, prefix, group: FACTS_GROUP })
    return {
      ...{ log, store, catalog, archive: DATABASE_URL === undefined ? undefined : openArchive(DATABASE_URL) },
      replace: createRedisReplace({ redis, prefix }),
      remove: createRedisRemove({ redis, prefix }),
      listing: createRedisListing(redis, prefix),
      owned: createRedisOwnedIndex({ redis, prefix }),
    }
  }
  if (KAFKA_BROKERS || REDIS_URL) throw new Error('KAFKA_BROKERS and REDIS_URL belong together: set both, or neither')
  const log = createEmbeddedLog({ path: join(DATA_DIR, 'log.sqlite'), logger })
  lifecycle.onStop('log', () => log.close())
  const db = openDatabase(join(DATA_DIR, 'state.sqlite'))
  lifecycle.onStop('state', () => db.close())
  const store = createEmbeddedBatchStore({ db, markers: createEmbeddedMarkers(db), group: FACTS_GROUP })
  return {
    ...{ log, store, catalog, archive: openArchive(DATABASE_URL ?? `sqlite://${join(DATA_DIR, 'archive.sqlite')}`) },
    replace: createEmbeddedReplace(db),
    remove: createEmbeddedRemove(db),
    // The table of owners is there from here on.
    owned: createEmbeddedOwnedIndex(db),
    listing: createEmbeddedListing(db),
  }
}
