import { join } from 'node:path'
import { parseEnvironment } from '../shared/config.ts'
import { kafkaSecurityOf } from '../shared/connections.ts'
import { createKafkaLog } from '../shared/log/kafka/log.ts'
import { topicSpecsOf } from '../shared/log/topic-specs.ts'
import { loadCatalog } from '../shared/pipelines/load.ts'
import { runService } from '../shared/run-service.ts'
import { SimulatorConfig } from './config.ts'
import { createSimulator } from './service.ts'

await runService('simulator', process, async ({ logger, lifecycle, metrics, environment }) => {
  const config = parseEnvironment(SimulatorConfig, environment)
  const log = createKafkaLog({
    brokers: config.KAFKA_BROKERS,
    prefix: config.KAFKA_PREFIX,
    sessionTimeoutMs: config.KAFKA_SESSION_TIMEOUT_MS,
    security: kafkaSecurityOf(config),
    clientId: 'baton-simulator',
    logger,
  })
  lifecycle.onStop('log', () => log.close())
  const catalog = loadCatalog(join(import.meta.dir, '../pipelines'))
  const simulator = createSimulator({ config, catalog, log, logger, metrics })
  await log.ensureTopics(topicSpecsOf(config))
  lifecycle.onStop('simulator', () => simulator.stop())
  await simulator.start()
  logger.info({}, 'simulator is answering')
})
