import { Kafka, logLevel } from 'kafkajs'
import { createKafkaLog } from '../shared/log/kafka/log.ts'
import { silent } from '../test/support/silent.ts'
import { type Cost, cost, medianCost } from './cost.ts'
import { concurrently, type Figure } from './figure.ts'

const TOPIC = 'publish'
const MESSAGES = 20_000
const SENDERS = 50
const RUNS = 3
const value = JSON.stringify({ filler: 'x'.repeat(400) })

/** Many callers with a message each, against kafkajs that is handed 500 at a time: what batching gives back. */
export const publish: Figure = {
  name: 'publish',
  about: `${SENDERS} callers publish a message each, acks=all`,
  async measure({ brokers }) {
    const prefix = `bench-${crypto.randomUUID().slice(0, 8)}-`
    const log = createKafkaLog({ brokers, clientId: 'bench', logger: silent, prefix })
    await log.ensureTopics([{ name: TOPIC, partitions: 6, retentionMs: 3_600_000, maxMessageBytes: 1_048_576 }])
    const raw = new Kafka({ clientId: 'bench-raw', brokers: [...brokers], logLevel: logLevel.NOTHING }).producer({
      idempotent: true,
      maxInFlightRequests: 1,
    })
    await raw.connect()
    const one = (n: number) => log.publish([{ topic: TOPIC, key: `key-${n}`, value, headers: {} }])
    await concurrently(SENDERS, 1_000, one)

    const ours: Cost[] = []
    const ceiling: Cost[] = []
    for (let run = 0; run < RUNS; run++) {
      ours.push(await cost(MESSAGES, () => concurrently(SENDERS, MESSAGES, one)))
      ceiling.push(
        await cost(MESSAGES, () =>
          concurrently(1, MESSAGES / 500, (batch) =>
            raw.send({
              topic: prefix + TOPIC,
              acks: -1,
              messages: Array.from({ length: 500 }, (_, n) => ({ key: `key-${batch * 500 + n}`, value })),
            }),
          ),
        ),
      )
    }
    await raw.disconnect()
    await log.close()
    const [us, raws] = [medianCost(ours), medianCost(ceiling)]
    return [
      {
        what: `messages/s, ${SENDERS} callers`,
        value: us.perSecond,
        ceiling: raws.perSecond,
        cpuMs: us.cpuMs,
        note: `ceiling: raw kafkajs, 500 messages a send, ${raws.cpuMs.toPrecision(2)} CPU ms each`,
      },
    ]
  },
}
