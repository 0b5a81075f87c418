import { join } from 'node:path'
import { version } from '../package.json'
import { internalKeysOf, parseEnvironment } from '../shared/config.ts'
import { serve } from '../shared/http/serve.ts'
import { topicSpecsOf } from '../shared/log/topic-specs.ts'
import { openLog, openRedis } from '../shared/open.ts'
import { patiently } from '../shared/patiently.ts'
import { reloadingCatalog } from '../shared/pipelines/live.ts'
import { runService } from '../shared/run-service.ts'
import { createRedisMarkers } from '../shared/store/marker/redis.ts'
import { redisWarnings } from '../shared/store/redis/check.ts'
import { createBookArchive } from './archive/store.ts'
import { commandBuilders } from './commands/index.ts'
import { OrchestratorConfig } from './config.ts'
import { createRedisRunStore } from './runs/redis.ts'
import { createOrchestrator } from './service.ts'

await runService('orchestrator', process, async ({ logger, lifecycle, context, metrics, environment }) => {
  const config = parseEnvironment(OrchestratorConfig, environment)
  const log = openLog({ config, name: 'baton-orchestrator', logger, lifecycle })
  const redis = openRedis({ config, name: 'baton-orchestrator', logger, lifecycle, metrics })

  const archive = config.DATABASE_URL === undefined ? undefined : createBookArchive({ url: config.DATABASE_URL })
  lifecycle.onStop('archive', () => archive?.close())

  const { keys, own } = internalKeysOf(config)
  const orchestrator = createOrchestrator({
    config,
    version,
    logger,
    context,
    metrics,
    log,
    store: createRedisRunStore({ redis, prefix: config.REDIS_PREFIX }),
    archive,
    markers: createRedisMarkers({ redis, prefix: config.REDIS_PREFIX }),
    storeWarnings: () => redisWarnings(redis),
    catalog: reloadingCatalog({
      folder: join(import.meta.dir, '../pipelines'),
      watch: config.ENVIRONMENT === 'development',
      host: process,
      logger,
      lifecycle,
      accept: commandBuilders,
    }),
    internalKeys: keys,
    internalKey: own,
    reachConductor: (request) => fetch(request),
    reachEntitlements: (request) => fetch(request),
  })
  const listening = serve({
    name: 'orchestrator',
    host: config.HOST,
    port: config.ORCHESTRATOR_PORT,
    fetch: (request) => orchestrator.app.fetch(request),
  })
  lifecycle.onStop('http', listening.stop)
  await patiently('topics', () => log.ensureTopics(topicSpecsOf(config)), { logger })
  lifecycle.onStop('orchestrator', () => orchestrator.stop())
  await orchestrator.start()
  logger.info({ url: listening.url }, 'orchestrator is listening')
})
