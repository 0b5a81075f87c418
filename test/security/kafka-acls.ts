import {
  AclOperationTypes,
  AclPermissionTypes,
  AclResourceTypes,
  Kafka,
  type KafkaConfig,
  logLevel,
  ResourcePatternTypes,
} from 'kafkajs'
import { z } from 'zod'

/**
 * Stands in for Kafka's own `kafka-acls.sh`, which Maven's jars of a broker lack: it understands what `deploy/kafka/acls.sh`
 * says, and refuses all else. Where Kafka is and who grants comes from the environment.
 */

const { brokers, ssl, sasl } = z
  .object({
    brokers: z.array(z.string()),
    ssl: z.custom<KafkaConfig['ssl'] & {}>(),
    sasl: z.custom<KafkaConfig['sasl'] & {}>(),
  })
  .parse(JSON.parse(process.env['KAFKA_ADMIN'] ?? '{}'))

const OPERATIONS: Readonly<Record<string, AclOperationTypes>> = {
  Read: AclOperationTypes.READ,
  Write: AclOperationTypes.WRITE,
  Create: AclOperationTypes.CREATE,
  Delete: AclOperationTypes.DELETE,
  Alter: AclOperationTypes.ALTER,
  DescribeConfigs: AclOperationTypes.DESCRIBE_CONFIGS,
  AlterConfigs: AclOperationTypes.ALTER_CONFIGS,
}
const RESOURCES: Readonly<Record<string, AclResourceTypes>> = {
  topic: AclResourceTypes.TOPIC,
  group: AclResourceTypes.GROUP,
}

const words = process.argv.slice(2)
if (words.splice(words.indexOf('--add'), 1)[0] !== '--add') throw new Error('without --add')
const options = new Map<string, string[]>()
for (let n = 0; n < words.length; n += 2) {
  const name = words[n]?.replace(/^--/, '') ?? ''
  options.set(name, [...(options.get(name) ?? []), words[n + 1] ?? ''])
}
const {
  'allow-principal': principals,
  'resource-pattern-type': pattern,
  operation,
  ...rest
} = z
  .strictObject({
    'bootstrap-server': z.tuple([z.literal(brokers[0])]),
    'command-config': z.tuple([z.string()]),
    'allow-principal': z.tuple([z.string().startsWith('User:')]),
    'resource-pattern-type': z.tuple([z.literal('prefixed')]),
    operation: z.array(z.enum(Object.keys(OPERATIONS))).min(1),
    topic: z.tuple([z.string()]).optional(),
    group: z.tuple([z.string()]).optional(),
  })
  .parse(Object.fromEntries(options))

const admin = new Kafka({ clientId: 'kafka-acls', brokers, ssl, sasl, logLevel: logLevel.NOTHING }).admin()
await admin.connect()
await admin.createAcls({
  acl: operation.flatMap((name) =>
    Object.entries({ topic: rest.topic, group: rest.group }).flatMap(([kind, names]) =>
      (names ?? []).map((resourceName) => ({
        ...{ resourceName, principal: principals[0], host: '*' },
        resourceType: RESOURCES[kind] ?? AclResourceTypes.UNKNOWN,
        operation: OPERATIONS[name] ?? AclOperationTypes.UNKNOWN,
        permissionType: AclPermissionTypes.ALLOW,
        resourcePatternType: pattern[0] === 'prefixed' ? ResourcePatternTypes.PREFIXED : ResourcePatternTypes.UNKNOWN,
      })),
    ),
  ),
})
await admin.disconnect()
