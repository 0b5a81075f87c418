import { expect, test } from 'bun:test'
import { Kafka, type ProducerBatch } from 'kafkajs'
import { PublishError } from '../../../../shared/errors.ts'
import { createPublisher } from '../../../../shared/log/kafka/publisher.ts'
import { silent } from '../../../support/silent.ts'

/** A Kafka whose producers connect when they are let, and note what they send. */
const slowToConnect = () => {
  const connects = Promise.withResolvers<void>()
  const sent: string[] = []
  const kafka = new Kafka({ brokers: ['127.0.0.1:1'], logLevel: 0 })
  const producer = kafka.producer()
  Object.assign(kafka, { producer: () => producer })
  Object.assign(producer, {
    connect: () => connects.promise,
    disconnect: async () => {},
    async sendBatch({ topicMessages = [] }: ProducerBatch) {
      for (const { messages } of topicMessages) sent.push(...messages.map(({ value }) => String(value)))
      return topicMessages.map(({ topic }) => ({ topicName: topic, partition: 0, errorCode: 0, baseOffset: '0' }))
    },
  })
  return { kafka, sent, connects }
}
const message = (value: string) => ({ topic: 'requests', key: 'b-1', value, headers: {} })

test('what was told not to be sent is not sent once there is a connection', async () => {
  const { kafka, sent, connects } = slowToConnect()
  const { publish, close } = createPublisher({ kafka, prefix: '', logger: silent })
  const givenUp = publish([message('first')], { timeoutMs: 1 }).catch((thrown: unknown) => thrown)
  const waits = publish([message('second')])
  const failure = await givenUp
  expect(failure).toBeInstanceOf(PublishError)
  expect(failure).toMatchObject({ outcome: 'not_sent' })
  connects.resolve()
  await waits
  expect(sent).toEqual(['second'])
  await close()
})

test('where all were given up before there was a connection nothing is sent', async () => {
  const { kafka, sent, connects } = slowToConnect()
  const { publish, close } = createPublisher({ kafka, prefix: '', logger: silent })
  await publish([message('first')], { timeoutMs: 1 }).catch(() => {})
  connects.resolve()
  await publish([message('second')])
  expect(sent).toEqual(['second'])
  await close()
})
