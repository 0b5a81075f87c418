import { afterAll, beforeAll, expect, test } from 'bun:test'
import { type Admin, Kafka, logLevel } from 'kafkajs'
import { createPublisher } from '../../../../shared/log/kafka/publisher.ts'
import { createKafkaSubscription } from '../../../../shared/log/kafka/subscription.ts'
import { ensureKafkaTopics } from '../../../../shared/log/kafka/topics.ts'
import { describeKafka, uniquePrefix } from '../../../support/engines.ts'
import { silent } from '../../../support/silent.ts'
import { until } from '../../../support/until.ts'

describeKafka('a member of a group on Kafka', (brokers) => {
  const kafka = new Kafka({ clientId: 'subscription-test', brokers: [...brokers], logLevel: logLevel.NOTHING })
  const prefix = uniquePrefix()
  const publisher = createPublisher({ kafka, prefix, logger: silent })
  let admin: Admin
  beforeAll(async () => {
    admin = kafka.admin()
    await admin.connect()
  })
  afterAll(() => Promise.all([admin.disconnect(), publisher.close()]))

  /** A client whose consumers say how many bytes of each topic they were brought. */
  const counting = () => {
    const brought = new Map<string, number>()
    const consumer: Kafka['consumer'] = (config) => {
      const one = kafka.consumer(config)
      return {
        ...one,
        run: ({ eachBatch, ...rest } = {}) =>
          one.run({
            ...rest,
            async eachBatch(payload) {
              const { topic, messages } = payload.batch
              const bytes = messages.reduce((sum, { value }) => sum + (value?.length ?? 0), 0)
              brought.set(topic, (brought.get(topic) ?? 0) + bytes)
              await eachBatch?.(payload)
            },
          }),
      }
    }
    const { producer, admin: adminOf, logger } = kafka
    return { client: { producer, admin: adminOf, logger, consumer } satisfies Kafka, brought }
  }

  test('while its handler is held it is brought few large records, and in the end all of them in order', async () => {
    const [large, small] = ['large', 'small']
    const spec = { partitions: 1, retentionMs: 3_600_000, maxMessageBytes: 1_000_000 }
    const specs = [large, small].map((name) => ({ ...spec, name: prefix + name }))
    await ensureKafkaTopics(admin, specs, 1, silent)
    const value = new Uint8Array(500_000)
    for (let n = 0; n < 100; n++) await publisher.publish([{ topic: large, key: 'k', value, headers: {} }])

    const gate = Promise.withResolvers<void>()
    const seen = { large: [] as number[], small: 0 }
    const { client, brought } = counting()
    const subscription = await createKafkaSubscription(
      { kafka: client, admin: async () => admin, prefix, logger: silent },
      { group: 'g', topics: [large, small], maxFetchRecords: 5_000 },
      async (records) => {
        if (records[0]?.topic === small) {
          seen.small += records.length
          return
        }
        await gate.promise
        seen.large.push(...records.map(({ offset }) => offset))
      },
    )
    const bytes = () => brought.get(prefix + large) ?? 0
    await until(() => bytes() > 16_000_000, { timeoutMs: 15_000, what: 'as many bytes as may wait' })
    // Each is fetched in a round of its own, in which the large ones would come too.
    for (let n = 1; n <= 20; n++) {
      await publisher.publish([{ topic: small, key: 'k', value: 'x', headers: {} }])
      await until(() => seen.small === n, { timeoutMs: 15_000, what: 'the other topic to be handled' })
    }
    // What waits, what was in hand before, and what was under way.
    expect(bytes()).toBeLessThan(24_000_000)
    gate.resolve()
    await until(() => seen.large.length === 100, { timeoutMs: 15_000, what: 'all large records' })
    expect(seen.large).toEqual(Array.from({ length: 100 }, (_, offset) => offset))
    await subscription.stop()
  }, 60_000)
})
