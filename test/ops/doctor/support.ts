import { GROUPS } from '../../../ops/doctor/kafka-access.ts'
import type { Environment } from '../../../shared/config.ts'
import type { Access, KafkaAccess, Operation } from '../../../shared/log/kafka/access.ts'
import type { KafkaFacts, TopicFacts } from '../../../shared/log/kafka/inspect.ts'
import type { TopicSpec } from '../../../shared/log/port.ts'
import { topicSpecsOf } from '../../../shared/log/topic-specs.ts'
import type { RedisFacts } from '../../../shared/store/redis/inspect.ts'

export const SPECS = topicSpecsOf({ TOPIC_PARTITIONS: 6, STATE_EXPIRY_DAYS: 30, MAX_BATCH_ESSAYS: 5_000 })

/** A topic that is as its spec asks. */
const topicFacts = (spec: TopicSpec): TopicFacts => ({
  partitions: spec.partitions,
  copies: 3,
  inSync: 3,
  settings: new Map([
    ['retention.ms', String(spec.retentionMs)],
    ['retention.bytes', '-1'],
    ['max.message.bytes', String(spec.maxMessageBytes)],
    ['cleanup.policy', spec.compacted ? 'compact' : 'delete'],
    ['min.insync.replicas', '2'],
  ]),
})

/** A Kafka that is as it should be, with these changes to the first topic and to the brokers' settings. */
export const kafkaFacts = (
  change: {
    readonly brokers?: number
    readonly settings?: Readonly<Record<string, string>>
    readonly topic?: Partial<Omit<TopicFacts, 'settings'>>
    readonly topicSettings?: Readonly<Record<string, string>>
    readonly without?: string
  } = {},
): KafkaFacts => {
  const topics = new Map(SPECS.map((spec) => [spec.name, topicFacts(spec)]))
  const [first] = topics
  if (first) {
    const [name, facts] = first
    const settings = new Map([...facts.settings, ...Object.entries(change.topicSettings ?? {})])
    topics.set(name, { ...facts, ...change.topic, settings })
  }
  if (change.without) topics.delete(change.without)
  const settings = {
    'auto.create.topics.enable': 'false',
    'unclean.leader.election.enable': 'false',
    'offsets.retention.minutes': '53280',
  }
  return {
    brokers: change.brokers ?? 3,
    settings: new Map(Object.entries({ ...settings, ...change.settings })),
    topics,
  }
}

const ALL: readonly Operation[] = ['read', 'write', 'create', 'describe', 'describe_configs', 'alter_configs']
const allBut = (denied: readonly Operation[]): Access => new Set(ALL.filter((one) => !denied.includes(one)))

/** A Kafka that lets us do everything, but for these things. */
export const kafkaAccess = (
  denied: {
    readonly topic?: readonly [name: string, ...operations: Operation[]]
    readonly group?: Operation
    readonly cluster?: Operation
    readonly missing?: string
    readonly call?: number
  } = {},
): KafkaAccess => {
  const [topic, ...operations] = denied.topic ?? []
  const names = SPECS.map(({ name }) => name).filter((name) => name !== denied.missing)
  return {
    topics: new Map(names.map((name) => [name, allBut(name === topic ? operations : [])])),
    groups: new Map(GROUPS.map((name, i) => [name, allBut(i === 0 && denied.group ? [denied.group] : [])])),
    cluster: allBut(denied.cluster ? [denied.cluster] : []),
    calls: new Set(Array.from({ length: 80 }, (_, n) => n).filter((n) => n !== denied.call)),
  }
}

export const NOW = 1_800_000_000_000

/** A Redis that is as it should be, with these changes. */
export const redisFacts = (
  info: Readonly<Record<string, string>> = {},
  change: Partial<Omit<RedisFacts, 'info'>> = {},
): RedisFacts => ({
  clockMs: NOW + 30,
  dangerous: [],
  forbidden: [],
  ...change,
  info: new Map(
    Object.entries({
      redis_version: '7.4.6',
      maxmemory_policy: 'noeviction',
      aof_enabled: '1',
      aof_last_write_status: 'ok',
      rdb_last_bgsave_status: 'ok',
      used_memory: '1000',
      maxmemory: '1000000',
      role: 'master',
      ...info,
    }),
  ),
})

/** An environment that nothing is wrong with. */
export const ENVIRONMENT: Environment = {
  ENVIRONMENT: 'production',
  KAFKA_BROKERS: '127.0.0.1:9092',
  REDIS_URL: 'redis://127.0.0.1:6379',
  DATABASE_URL: 'postgres://baton@127.0.0.1/baton',
  INTERNAL_API_KEY: 'b6f0a2a9c1d84e0f97',
  JWT_SECRET: '4f6d0c1e9a8b7c2d5e3f1a0b9c8d7e6f5a4b3c2d',
  CORS_ORIGINS: 'https://console.school.se',
}
