import { type Admin, ConfigResourceTypes, Kafka, logLevel } from 'kafkajs'
import type { KafkaSecurity } from '../../connections.ts'
import { asError } from '../../errors.ts'

export interface TopicFacts {
  readonly partitions: number
  /** Copies of the partition that has the fewest, and how many of them are in step. */
  readonly copies: number
  readonly inSync: number
  /** Settings by Kafka's names, defaults included; none where we may not see them. */
  readonly settings: ReadonlyMap<string, string>
}

/** What a Kafka says of itself. */
export interface KafkaFacts {
  readonly brokers: number
  /** Of the broker that leads; the others should have the same. */
  readonly settings: ReadonlyMap<string, string>
  /** By name, without the prefix; only those that were asked for and exist. */
  readonly topics: ReadonlyMap<string, TopicFacts>
}

export interface InspectOptions {
  readonly brokers: readonly string[]
  readonly security: KafkaSecurity
  readonly prefix: string
  readonly topics: readonly string[]
}

const settingsOf = async (admin: Admin, type: ConfigResourceTypes, names: readonly string[]) => {
  if (names.length === 0) return new Map<string, ReadonlyMap<string, string>>()
  const { resources } = await admin
    .describeConfigs({ includeSynonyms: false, resources: names.map((name) => ({ type, name })) })
    .catch((thrown: unknown) => {
      if (String(Reflect.get(asError(thrown), 'type')).endsWith('_AUTHORIZATION_FAILED')) return { resources: [] }
      throw thrown
    })
  return new Map(
    resources.map(({ resourceName, configEntries }) => [
      resourceName,
      new Map(configEntries.map(({ configName, configValue }) => [configName, configValue])),
    ]),
  )
}

/** Looks at a Kafka and changes nothing. Rejects when it cannot be reached. */
export const inspectKafka = async ({ brokers, security, prefix, topics }: InspectOptions): Promise<KafkaFacts> => {
  const kafka = new Kafka({
    clientId: 'baton-doctor',
    brokers: [...brokers],
    connectionTimeout: 3_000,
    retry: { retries: 1 },
    logLevel: logLevel.NOTHING,
    ...(security.tls ? { ssl: { ...security.tls } } : {}),
    ...(security.sasl ? { sasl: { ...security.sasl } } : {}),
  })
  const admin = kafka.admin()
  try {
    await admin.connect()
    const cluster = await admin.describeCluster()
    const leader = String(cluster.controller ?? cluster.brokers[0]?.nodeId ?? 1)
    const there = new Set(await admin.listTopics())
    const names = topics.map((name) => prefix + name).filter((name) => there.has(name))
    const [ofBroker, ofTopics, metadata] = await Promise.all([
      settingsOf(admin, ConfigResourceTypes.BROKER, [leader]),
      settingsOf(admin, ConfigResourceTypes.TOPIC, names),
      names.length === 0 ? { topics: [] } : admin.fetchTopicMetadata({ topics: names }),
    ])
    return {
      brokers: cluster.brokers.length,
      settings: ofBroker.get(leader) ?? new Map(),
      topics: new Map(
        metadata.topics.map(({ name, partitions }) => [
          name.slice(prefix.length),
          {
            partitions: partitions.length,
            copies: Math.min(...partitions.map(({ replicas }) => replicas.length)),
            inSync: Math.min(...partitions.map(({ isr }) => isr.length)),
            settings: ofTopics.get(name) ?? new Map(),
          },
        ]),
      ),
    }
  } finally {
    await admin.disconnect()
  }
}
