import { join } from 'node:path'
import { version } from '../package.json'
import { internalKeysOf, parseEnvironment } from '../shared/config.ts'
import { serve } from '../shared/http/serve.ts'
import { retentionMsOf, topicSpecsOf } from '../shared/log/topic-specs.ts'
import { openLog, openRedis } from '../shared/open.ts'
import { patiently } from '../shared/patiently.ts'
import { reloadingCatalog } from '../shared/pipelines/live.ts'
import { runService } from '../shared/run-service.ts'
import { createRedisChangeFeed } from '../shared/store/changes/redis.ts'
import { createRedisMarkers } from '../shared/store/marker/redis.ts'
import { redisWarnings } from '../shared/store/redis/check.ts'
import { createArchiveStore } from './archive/store.ts'
import { ConductorConfig } from './config.ts'
import { LETTERS_GROUP } from './dead-letters/consumer.ts'
import { createRedisDeadLetters } from './dead-letters/redis.ts'
import { createRedisOwnedIndex } from './owned/redis.ts'
import { createConductor, FACTS_GROUP } from './service.ts'
import { announced } from './state/announced.ts'
import { createRedisBatchStore } from './state/redis.ts'

await runService('conductor', process, async ({ logger, lifecycle, context, metrics, environment }) => {
  const config = parseEnvironment(ConductorConfig, environment)
  const log = openLog({ config, name: 'baton-conductor', logger, lifecycle })
  const redis = openRedis({ config, name: 'baton-conductor', logger, lifecycle, metrics })

  const archive = config.DATABASE_URL === undefined ? undefined : createArchiveStore({ url: config.DATABASE_URL })
  lifecycle.onStop('archive', () => archive?.close())

  const prefix = config.REDIS_PREFIX
  const conductor = createConductor({
    config,
    version,
    logger,
    context,
    metrics,
    log,
    store: announced(
      createRedisBatchStore({ redis, prefix, group: FACTS_GROUP }),
      createRedisChangeFeed({ redis, prefix, logger }),
    ),
    owned: createRedisOwnedIndex({ redis, prefix }),
    archive,
    deadLetters: createRedisDeadLetters({
      redis,
      prefix,
      group: LETTERS_GROUP,
      retentionMs: retentionMsOf(config),
    }),
    markers: createRedisMarkers({ redis, prefix }),
    storeWarnings: () => redisWarnings(redis),
    catalog: reloadingCatalog({
      folder: join(import.meta.dir, '../pipelines'),
      watch: config.ENVIRONMENT === 'development',
      host: process,
      logger,
      lifecycle,
    }),
    internalKeys: internalKeysOf(config).keys,
  })
  const listening = serve({
    name: 'conductor',
    host: config.HOST,
    port: config.CONDUCTOR_PORT,
    fetch: (request) => conductor.app.fetch(request),
  })
  lifecycle.onStop('http', listening.stop)
  await patiently('topics', () => log.ensureTopics(topicSpecsOf(config)), { logger })
  lifecycle.onStop('conductor', () => conductor.stop())
  await conductor.start()
  logger.info({ url: listening.url }, 'conductor is listening')
})
