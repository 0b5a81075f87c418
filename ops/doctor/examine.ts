import type { Environment } from '../../shared/config.ts'
import { kafkaSecurityOf, redisAccessOf } from '../../shared/connections.ts'
import { asError } from '../../shared/errors.ts'
import { inspectKafkaAccess } from '../../shared/log/kafka/access.ts'
import { inspectKafka } from '../../shared/log/kafka/inspect.ts'
import { topicSpecsOf } from '../../shared/log/topic-specs.ts'
import { changesChannel } from '../../shared/store/changes/redis.ts'
import { createRedisClient } from '../../shared/store/redis/client.ts'
import { inspectRedis } from '../../shared/store/redis/inspect.ts'
import type { Logger } from '../../shared/telemetry/logger-port.ts'
import { type Configuration, checkConfiguration, readConfiguration } from './configuration.ts'
import { examineDatabase } from './database.ts'
import { error, type Finding, warning } from './finding.ts'
import { checkKafka } from './kafka.ts'
import { checkKafkaAccess, GROUPS } from './kafka-access.ts'
import { checkRedis, forbiddenInRedis } from './redis.ts'
import { checkServices, inspectPort } from './services.ts'

export interface ExamineOptions {
  readonly environment: Environment
  /** Version of this program; services that run should have the same. */
  readonly version: string
  readonly logger: Logger
}

const kafka = async ({ conductor }: Configuration): Promise<readonly Finding[]> => {
  const specs = topicSpecsOf(conductor)
  const security = kafkaSecurityOf(conductor)
  const open = conductor.KAFKA_BROKERS.filter((broker) => !/^(localhost|127\.|\[::1\])/.test(broker))
  const plain =
    open.length > 0 && !security.tls
      ? [warning('kafka.tls', 'what goes to Kafka is not encrypted', 'set KAFKA_TLS=on and KAFKA_TLS_CA_FILE')]
      : []
  try {
    const at = {
      brokers: conductor.KAFKA_BROKERS,
      security,
      prefix: conductor.KAFKA_PREFIX,
      topics: specs.map(({ name }) => name),
    }
    const access = await inspectKafkaAccess({ ...at, groups: GROUPS })
    const hidden = (name: string) => access.topics.get(name)?.has('describe') === false
    const visible = specs.filter(({ name }) => !hidden(name))
    const facts = await inspectKafka({ ...at, topics: visible.map(({ name }) => name) })
    return [...plain, ...checkKafkaAccess(access, specs), ...checkKafka(facts, visible)]
  } catch (thrown) {
    const { message } = asError(thrown)
    return [
      ...plain,
      error('kafka.reachable', `Kafka cannot be used: ${message}`, 'see KAFKA_BROKERS and KAFKA_SASL_...'),
    ]
  }
}

const redis = async ({ conductor }: Configuration, logger: Logger): Promise<readonly Finding[]> => {
  const access = redisAccessOf(conductor)
  const connect = (how: typeof access) =>
    createRedisClient({
      url: conductor.REDIS_URL,
      access: how,
      connectionName: 'baton-doctor',
      logger,
      commandTimeoutMs: 3_000,
    })
  const client = connect(access)
  try {
    const prefix = conductor.REDIS_PREFIX
    const facts = await inspectRedis(client, { prefix, channel: changesChannel(prefix) })
    return checkRedis(facts, Date.now())
  } catch (thrown) {
    const { message } = asError(thrown)
    const [, denied] = /NOPERM (.*)/.exec(message) ?? []
    if (denied !== undefined) return [forbiddenInRedis(`Redis says that ${denied}`)]
    return [
      error('redis.reachable', `Redis cannot be used: ${message}`, 'see REDIS_URL, REDIS_USERNAME and REDIS_PASSWORD'),
    ]
  } finally {
    await client.close()
  }
}

const services = async ({ gateway, conductor, orchestrator }: Configuration, version: string) => {
  const [gatewayAt, conductorAt, orchestratorAt] = await Promise.all([
    inspectPort(`http://127.0.0.1:${gateway.GATEWAY_PORT}`),
    inspectPort(gateway.CONDUCTOR_URL),
    inspectPort(gateway.ORCHESTRATOR_URL),
  ])
  const ports = [gateway.GATEWAY_PORT, conductor.CONDUCTOR_PORT, orchestrator.ORCHESTRATOR_PORT].filter(
    (port) => port > 0,
  )
  const shared =
    new Set(ports).size < ports.length
      ? [
          error(
            'ports',
            'two services have the same port',
            'set GATEWAY_PORT, CONDUCTOR_PORT and ORCHESTRATOR_PORT apart',
          ),
        ]
      : []
  const found = { gateway: gatewayAt, conductor: conductorAt, orchestrator: orchestratorAt }
  return [...shared, ...checkServices(found, version)]
}

/** Everything that is wrong with a deployment, as far as it can be seen from here. Changes nothing. */
export const examine = async ({ environment, version, logger }: ExamineOptions): Promise<readonly Finding[]> => {
  const { findings, configuration } = readConfiguration(environment)
  if (!configuration) return findings
  const database = configuration.conductor.DATABASE_URL
  const looked = await Promise.all([
    kafka(configuration),
    redis(configuration, logger),
    database === undefined ? [] : examineDatabase(database),
    services(configuration, version),
  ])
  return [...findings, ...checkConfiguration(configuration), ...looked.flat()]
}
