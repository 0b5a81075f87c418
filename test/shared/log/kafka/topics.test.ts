import { afterAll, beforeAll, expect, test } from 'bun:test'
import { type Admin, ConfigResourceTypes, Kafka, logLevel } from 'kafkajs'
import { ensureKafkaTopics } from '../../../../shared/log/kafka/topics.ts'
import type { TopicSpec } from '../../../../shared/log/port.ts'
import { describeKafka, uniquePrefix } from '../../../support/engines.ts'
import { recordingLogger, silent } from '../../../support/silent.ts'
import { until } from '../../../support/until.ts'

describeKafka('the topics on Kafka', (brokers) => {
  const kafka = new Kafka({ clientId: 'topics-test', brokers: [...brokers], logLevel: logLevel.NOTHING })
  const admin = kafka.admin()
  beforeAll(() => admin.connect())
  afterAll(() => admin.disconnect())

  const spec = (over: Partial<TopicSpec> = {}): TopicSpec => ({
    name: `${uniquePrefix()}topic`,
    partitions: 2,
    retentionMs: 3_600_000,
    maxMessageBytes: 100_000,
    ...over,
  })
  const ensure = (specs: readonly TopicSpec[], client: Admin = admin) => ensureKafkaTopics(client, specs, 1, silent)
  const partitions = async ({ name }: TopicSpec) =>
    (await admin.fetchTopicMetadata({ topics: [name] })).topics[0]?.partitions.length
  const settings = async ({ name }: TopicSpec) => {
    const resources = [{ type: ConfigResourceTypes.TOPIC, name }]
    const { resources: found } = await admin.describeConfigs({ includeSynonyms: false, resources })
    return new Map(found[0]?.configEntries.map((entry) => [entry.configName, entry.configValue]))
  }
  const wait = { timeoutMs: 10_000, what: 'the topic to be changed' }

  test('what is missing is created as asked', async () => {
    const [plain, compacted] = [spec(), spec({ compacted: true })]
    await ensure([plain, compacted])
    expect(await partitions(plain)).toBe(2)
    expect((await settings(plain)).get('retention.ms')).toBe('3600000')
    expect((await settings(compacted)).get('cleanup.policy')).toBe('compact')
  })

  test('several processes may do it at once', async () => {
    const one = spec()
    await Promise.all([ensure([one]), ensure([one]), ensure([one])])
    expect(await partitions(one)).toBe(2)
  })

  test('partitions, retention and message size are raised; what somebody else has set stays', async () => {
    const one = spec()
    await ensure([one])
    const configEntries = [
      { name: 'retention.ms', value: '3600000' },
      { name: 'max.message.bytes', value: '100000' },
      { name: 'segment.bytes', value: '2000000' },
    ]
    const resources = [{ type: ConfigResourceTypes.TOPIC, name: one.name, configEntries }]
    await admin.alterConfigs({ validateOnly: false, resources })
    // The controller has it before the broker that is asked knows of it.
    await until(async () => (await settings(one)).get('segment.bytes') === '2000000', wait)
    await ensure([{ ...one, partitions: 4, retentionMs: 7_200_000, maxMessageBytes: 200_000 }])
    await until(async () => (await partitions(one)) === 4, wait)
    await until(async () => (await settings(one)).get('retention.ms') === '7200000', wait)
    const now = await settings(one)
    expect([now.get('max.message.bytes'), now.get('segment.bytes')]).toEqual(['200000', '2000000'])
  })

  test('nothing is ever lowered', async () => {
    const one = spec({ partitions: 3 })
    await ensure([one])
    await ensure([{ ...one, partitions: 1, retentionMs: 1_000, maxMessageBytes: 1_000 }])
    const now = await settings(one)
    expect([await partitions(one), now.get('retention.ms'), now.get('max.message.bytes')]).toEqual([
      3,
      '3600000',
      '100000',
    ])
  })

  test('a change that the broker refuses is told and does not stop the start', async () => {
    const one = spec()
    await ensure([one])
    const logger = recordingLogger()
    const refusing: Admin = {
      ...admin,
      createPartitions: () => Promise.reject(new Error('not allowed')),
      alterConfigs: () => Promise.reject(new Error('not allowed')),
    }
    await ensureKafkaTopics(refusing, [{ ...one, partitions: 4, retentionMs: 7_200_000 }], 1, logger)
    expect(logger.lines.map(({ message }) => message)).toEqual(['partitions not added', 'topic not reconfigured'])
  })

  test('another failure to create is not taken for "already exists"', async () => {
    const failing: Admin = { ...admin, createTopics: () => Promise.reject(new Error('policy violation')) }
    await expect(ensure([spec()], failing)).rejects.toThrow('policy violation')
  })
})
