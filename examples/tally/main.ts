import { z } from 'zod'
import { commonConfig, kafkaConfig, Port, parseEnvironment } from '../../shared/config.ts'
import { kafkaSecurityOf } from '../../shared/connections.ts'
import { serve } from '../../shared/http/serve.ts'
import { createKafkaLog } from '../../shared/log/kafka/log.ts'
import { runService } from '../../shared/run-service.ts'
import { createTally } from './service.ts'

const TallyConfig = z.object({ ...commonConfig, ...kafkaConfig, TALLY_PORT: Port(4010) })

await runService('tally', process, async ({ environment, logger, lifecycle, context, metrics }) => {
  const config = parseEnvironment(TallyConfig, environment)
  const log = createKafkaLog({
    brokers: config.KAFKA_BROKERS,
    prefix: config.KAFKA_PREFIX,
    security: kafkaSecurityOf(config),
    clientId: 'tally',
    logger,
  })
  lifecycle.onStop('log', () => log.close())
  const tally = createTally({ log, logger, context, metrics })
  const listening = serve({
    ...{ name: 'tally', host: config.HOST, port: config.TALLY_PORT },
    fetch: (request) => tally.app.fetch(request),
  })
  lifecycle.onStop('http', listening.stop)
  lifecycle.onStop('tally', () => tally.stop())
  await tally.start()
  logger.info({ url: listening.url }, 'tally is listening')
})
