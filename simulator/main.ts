import { join } from 'node:path'
import { parseEnvironment } from '../shared/config.ts'
import { topicSpecsOf } from '../shared/log/topic-specs.ts'
import { openLog } from '../shared/open.ts'
import { patiently } from '../shared/patiently.ts'
import { loadCatalog } from '../shared/pipelines/load.ts'
import { runService } from '../shared/run-service.ts'
import { SimulatorConfig } from './config.ts'
import { createSimulator } from './service.ts'

await runService('simulator', process, async ({ logger, lifecycle, metrics, environment }) => {
  const config = parseEnvironment(SimulatorConfig, environment)
  const log = openLog({ config, name: 'baton-simulator', logger, lifecycle })
  const catalog = loadCatalog(join(import.meta.dir, '../pipelines'))
  const simulator = createSimulator({ config, catalog, log, logger, metrics })
  await patiently('topics', () => log.ensureTopics(topicSpecsOf(config)), { logger })
  lifecycle.onStop('simulator', () => simulator.stop())
  await simulator.start()
  logger.info({}, 'simulator is answering')
})
