import { type Admin, ConfigResourceTypes } from 'kafkajs'
import { asError } from '../../errors.ts'
import { backoff, sleep } from '../../retry.ts'
import type { Logger } from '../../telemetry/logger-port.ts'
import type { TopicSpec } from '../port.ts'

/**
 * Makes the topics be as asked: creates what is missing, adds partitions, and sets retention and message size where they
 * are less. Several processes may do it at once: "already exists" is what was wanted.
 */
export const ensureKafkaTopics = async (
  admin: Admin,
  specs: readonly TopicSpec[],
  replicationFactor: number,
  logger: Logger,
): Promise<void> => {
  const existing = new Set(await admin.listTopics())
  const missing = specs.filter(({ name }) => !existing.has(name))
  if (missing.length > 0) {
    try {
      await admin.createTopics({
        waitForLeaders: false,
        topics: missing.map((spec) => ({
          topic: spec.name,
          numPartitions: spec.partitions,
          replicationFactor,
          configEntries: Object.entries(configOf(spec)).map(([name, value]) => ({ name, value })),
        })),
      })
    } catch (thrown) {
      if (!/already exists/i.test(asError(thrown).message)) throw notCreated(asError(thrown))
    }
    await untilKnown(
      admin,
      missing.map(({ name }) => name),
    )
  }
  const kept = specs.filter(({ name }) => existing.has(name))
  if (kept.length > 0) await widen(admin, kept, logger)
}

/** kafkajs says only that there were errors; what they were stands inside. */
const notCreated = (error: Error): Error => {
  const inner: unknown = Reflect.get(error, 'errors')
  if (!Array.isArray(inner)) return error
  const reasons = new Map(inner.map((one: Error) => [String(Reflect.get(one, 'topic')), one.message]))
  const [first = ['', '']] = reasons
  return new Error(`${reasons.size} topic(s) not created, the first ${first[0]}: ${first[1]}`, { cause: error })
}

/**
 * Waits until every new topic can be used. kafkajs's own wait gives up at once where a busy broker does not know yet what
 * it has just created (`UNKNOWN_TOPIC_OR_PARTITION`).
 */
const untilKnown = async (admin: Admin, topics: string[]): Promise<void> => {
  for (let attempt = 0; ; attempt++) {
    try {
      await admin.fetchTopicMetadata({ topics })
      return
    } catch (thrown) {
      if (Reflect.get(asError(thrown), 'retriable') !== true || attempt === KNOWN_TRIES) throw thrown
      await sleep(backoff(attempt, { baseMs: 20, capMs: 500 }))
    }
  }
}

/** About 30 s. */
const KNOWN_TRIES = 64

const configOf = (spec: TopicSpec): Readonly<Record<string, string>> => ({
  'max.message.bytes': String(spec.maxMessageBytes),
  ...(spec.compacted ? { 'cleanup.policy': 'compact' } : { 'retention.ms': String(spec.retentionMs) }),
})

const widen = async (admin: Admin, specs: readonly TopicSpec[], logger: Logger): Promise<void> => {
  const { topics } = await admin.fetchTopicMetadata({ topics: specs.map(({ name }) => name) })
  const counts = new Map(topics.map(({ name, partitions }) => [name, partitions.length]))
  const narrow = specs.filter(({ name, partitions }) => (counts.get(name) ?? partitions) < partitions)
  if (narrow.length > 0) {
    const topicPartitions = narrow.map(({ name, partitions }) => ({ topic: name, count: partitions }))
    await admin.createPartitions({ topicPartitions }).catch((thrown) => {
      logger.warn({ err: asError(thrown).message }, 'partitions not added')
    })
  }
  const described = await admin.describeConfigs({
    includeSynonyms: false,
    resources: specs.map(({ name }) => ({ type: ConfigResourceTypes.TOPIC, name })),
  })
  for (const resource of described.resources) {
    const spec = specs.find(({ name }) => name === resource.resourceName)
    if (!spec) continue
    const values = new Map(resource.configEntries.map((entry) => [entry.configName, entry]))
    const lower = Object.entries(configOf(spec)).filter(([name, value]) => isLess(values.get(name)?.configValue, value))
    if (lower.length === 0) continue
    // kafkajs can only replace a topic's whole configuration, so what others have set is sent along.
    const own = resource.configEntries.filter((entry) => entry.configSource === TOPIC_CONFIG)
    const merged = new Map([...own.map((entry) => [entry.configName, entry.configValue] as const), ...lower])
    const configEntries = [...merged].map(([name, value]) => ({ name, value }))
    await admin
      .alterConfigs({
        validateOnly: false,
        resources: [{ type: ConfigResourceTypes.TOPIC, name: spec.name, configEntries }],
      })
      .catch((thrown) => logger.warn({ topic: spec.name, err: asError(thrown).message }, 'topic not reconfigured'))
  }
}

/** `DYNAMIC_TOPIC_CONFIG` in Kafka's protocol: set on the topic itself. */
const TOPIC_CONFIG = 1

/** Whether a number is less than asked; -1 is "no limit". Other values are left as somebody set them. */
const isLess = (now: string | undefined, wanted: string): boolean => {
  const [a, b] = [Number(now), Number(wanted)]
  return now !== undefined && Number.isFinite(a) && Number.isFinite(b) && a !== -1 && a < b
}
