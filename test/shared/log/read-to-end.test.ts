import { Database } from 'bun:sqlite'
import { describe, expect, test } from 'bun:test'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Kafka, logLevel } from 'kafkajs'
import { createEmbeddedLog } from '../../../shared/log/embedded/log.ts'
import { createKafkaLog } from '../../../shared/log/kafka/log.ts'
import type { EventLog } from '../../../shared/log/port.ts'
import { readToEnd } from '../../../shared/log/read-to-end.ts'
import { describeKafka, uniquePrefix } from '../../support/engines.ts'
import { silent } from '../../support/silent.ts'

/** Reads a topic of 20 records twice, and says how many records each reading saw. */
const readTwice = async (log: EventLog): Promise<readonly number[]> => {
  await log.ensureTopics([{ name: 'letters', partitions: 2, retentionMs: 86_400_000, maxMessageBytes: 1_000_000 }])
  await log.publish(
    Array.from({ length: 20 }, (_, n) => ({ topic: 'letters', key: `${n}`, value: `${n}`, headers: {} })),
  )
  const seen: number[] = []
  for (let reading = 0; reading < 2; reading++) {
    let count = 0
    await readToEnd({ log, topics: ['letters'] }, async (records) => {
      count += records.length
    })
    seen.push(count)
  }
  return seen
}

describeKafka('a reading of a topic in Kafka', (brokers) => {
  test('sees all of it each time, and leaves no consumer group behind', async () => {
    const prefix = uniquePrefix()
    const log = createKafkaLog({ brokers, clientId: 'test', prefix, logger: silent, sessionTimeoutMs: 6_000 })
    const kafka = new Kafka({ clientId: 'test', brokers: [...brokers], logLevel: logLevel.NOTHING })
    const admin = kafka.admin()
    try {
      expect(await readTwice(log)).toEqual([20, 20])
      await admin.connect()
      const { groups } = await admin.listGroups()
      expect(groups.filter(({ groupId }) => groupId.startsWith(prefix))).toEqual([])
    } finally {
      await Promise.all([log.close(), admin.disconnect()])
    }
  }, 40_000)
})

describe('a reading of a topic in the embedded log', () => {
  test('sees all of it each time, and leaves no offsets behind', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'baton-read-'))
    const path = join(folder, 'log.db')
    const log = createEmbeddedLog({ path, logger: silent })
    try {
      expect(await readTwice(log)).toEqual([20, 20])
      await log.close()
      using db = new Database(path)
      expect(db.query('SELECT * FROM committed').all()).toEqual([])
    } finally {
      await log.close()
      await rm(folder, { recursive: true })
    }
  })
})
