import { join } from 'node:path'
import { version } from '../package.json'
import { internalKeysOf, parseEnvironment } from '../shared/config.ts'
import { serve } from '../shared/http/serve.ts'
import { topicSpecsOf } from '../shared/log/topic-specs.ts'
import { openLog, openRedis } from '../shared/open.ts'
import { patiently } from '../shared/patiently.ts'
import { reloadingCatalog } from '../shared/pipelines/live.ts'
import { runService } from '../shared/run-service.ts'
import { createRedisChangeFeed } from '../shared/store/changes/redis.ts'
import { openAudit } from './audit/file.ts'
import { auditTopics } from './audit/topic.ts'
import { GatewayConfig } from './config.ts'
import { createRedisIdempotencyStore } from './idempotency/redis.ts'
import { createRedisRateLimitStore } from './limits/redis.ts'
import { createGateway } from './service.ts'
import { createRedisTicketStore } from './tickets/redis.ts'

await runService('gateway', process, async ({ logger, lifecycle, context, metrics, environment }) => {
  const config = parseEnvironment(GatewayConfig, environment)
  const log = openLog({ config, name: 'api-gateway-service', logger, lifecycle })
  const redis = openRedis({ config, name: 'baton-gateway', logger, lifecycle, metrics })

  const audit = openAudit({ file: config.AUDIT_FILE, logger })
  lifecycle.onStop('audit', audit.close)

  const peers = new WeakMap<Request, string>()
  const { app, start, drain } = createGateway({
    config,
    version,
    logger,
    context,
    metrics,
    log,
    catalog: reloadingCatalog({
      folder: join(import.meta.dir, '../pipelines'),
      watch: config.ENVIRONMENT === 'development',
      host: process,
      logger,
      lifecycle,
    }),
    limitStore: createRedisRateLimitStore({ redis, prefix: config.REDIS_PREFIX }),
    idempotencyStore: createRedisIdempotencyStore({ redis, prefix: config.REDIS_PREFIX }),
    ticketStore: createRedisTicketStore({ redis, prefix: config.REDIS_PREFIX }),
    feed: createRedisChangeFeed({ redis, prefix: config.REDIS_PREFIX, logger }),
    upgrade: (request, listener) => listening.upgrade(request, listener),
    pingLimitStore: () => redis.ping(),
    internalKey: internalKeysOf(config).own,
    reach: { conductor: fetch, orchestrator: fetch, keyServer: fetch, content: fetch },
    auditSink: audit.sink,
    peerOf: (request) => peers.get(request) ?? 'unknown',
  })
  const listening = serve({
    name: 'gateway',
    host: config.HOST,
    port: config.GATEWAY_PORT,
    fetch(request, server) {
      peers.set(request, server.requestIP(request)?.address ?? 'unknown')
      return app.fetch(request)
    },
  })
  lifecycle.onStop('http', listening.stop)
  lifecycle.onStop('streams', drain)
  start()
  await patiently('topics', () => log.ensureTopics([...topicSpecsOf(config), ...auditTopics(config)]), { logger })
  logger.info({ url: listening.url }, 'gateway is listening')
})
