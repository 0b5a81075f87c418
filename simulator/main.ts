import { join } from 'node:path'
import { version } from '../package.json'
import { parseEnvironment } from '../shared/config.ts'
import { serve } from '../shared/http/serve.ts'
import { topicSpecsOf } from '../shared/log/topic-specs.ts'
import { openLog } from '../shared/open.ts'
import { patiently } from '../shared/patiently.ts'
import { loadCatalog } from '../shared/pipelines/load.ts'
import { runService } from '../shared/run-service.ts'
import { SimulatorConfig } from './config.ts'
import { createSimulator } from './service.ts'

await runService('simulator', process, async ({ logger, lifecycle, context, metrics, environment }) => {
  const config = parseEnvironment(SimulatorConfig, environment)
  const log = openLog({ config, name: 'baton-simulator', logger, lifecycle })
  const catalog = loadCatalog(join(import.meta.dir, '../pipelines'))
  const internalKeys = config.INTERNAL_API_KEY
  const simulator = createSimulator({
    ...{ config, version, catalog, log, logger, context, metrics, internalKeys },
    environment: config.ENVIRONMENT,
    slowMs: config.SLOW_REQUEST_MS,
  })
  if (config.SIMULATOR_PORT !== undefined) {
    const fetch = (request: Request) => simulator.app.fetch(request)
    const listening = serve({ name: 'simulator', host: config.HOST, port: config.SIMULATOR_PORT, fetch })
    lifecycle.onStop('http', listening.stop)
  }
  await patiently('topics', () => log.ensureTopics(topicSpecsOf(config)), { logger })
  lifecycle.onStop('simulator', () => simulator.stop())
  await simulator.start()
  logger.info({}, 'simulator is answering')
})
