import { afterAll, beforeAll, expect, test } from 'bun:test'
import { TOPICS } from '../../shared/contracts/topics.ts'
import { createKafkaLog } from '../../shared/log/kafka/log.ts'
import type { EventLog, LogRecord } from '../../shared/log/port.ts'
import { describeOwnEngines } from '../engines/describe.ts'
import type { Engine } from '../engines/engine.ts'
import { createKafkaNode } from '../engines/kafka.ts'
import { silent } from '../support/silent.ts'
import { until } from '../support/until.ts'
import { openGateway } from './open-gateway.ts'

describeOwnEngines('a Kafka that hangs in the middle of a send', (programs) => {
  let kafka: Engine
  let log: EventLog

  beforeAll(async () => {
    kafka = await createKafkaNode(await programs())
    await kafka.start()
    log = createKafkaLog({ brokers: [kafka.address], clientId: 'gateway-test', prefix: '', logger: silent })
    const topic = { name: TOPICS.pipelineRequest, partitions: 1, retentionMs: 3_600_000, maxMessageBytes: 1_000_000 }
    await log.ensureTopics([topic])
  }, 120_000)
  afterAll(async () => {
    kafka?.thaw()
    await log?.close()
    await kafka?.dispose()
  }, 120_000)

  test('is a 503 that says that nobody knows, and a repeat with the same key has one effect', async () => {
    const { post, signIn } = await openGateway({ log }, { PUBLISH_TIMEOUT_MS: 500 })
    const authorized = await signIn()
    const ask = (key: string) =>
      post(
        '/v1/batches/b-1/pipelines',
        { requested_pipeline: 'nlp', retry_reason: key },
        { ...authorized, 'idempotency-key': key },
      )
    await until(async () => (await ask('before')).status === 202, {
      timeoutMs: 20_000,
      what: 'Kafka to take a message',
    })

    await kafka.freeze()
    const answer = await ask('during')
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '2'])
    expect(await answer.json()).toMatchObject({ code: 'KAFKA_PUBLISH_ERROR', outcome: 'unknown' })

    kafka.thaw()
    await until(async () => (await ask('during')).status === 202, {
      timeoutMs: 20_000,
      what: 'the repeat to be accepted',
    })
    // Half a second is not much for a broker that has just come back.
    await until(async () => (await ask('after')).status === 202, {
      timeoutMs: 20_000,
      what: 'the next to be accepted',
    })
    const seen: { readonly event_id: string; readonly data: { readonly retry_reason: string } }[] = []
    await log.consume({ group: 'test', topics: [TOPICS.pipelineRequest] }, async (records: readonly LogRecord[]) => {
      for (const { value } of records) seen.push(JSON.parse(new TextDecoder().decode(value ?? undefined)))
    })
    const reasons = () => seen.map(({ data }) => data.retry_reason)
    await until(() => reasons().includes('after'), { timeoutMs: 20_000, what: 'the messages to be read' })
    // It may stand there twice, but under one id: whoever reads it acts once.
    expect(reasons().filter((reason) => reason === 'during').length).toBeGreaterThan(0)
    expect(new Set(seen.map(({ event_id }) => event_id)).size).toBe(3)
  }, 120_000)
})
