import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { LETTERS_GROUP } from '../../conductor/dead-letters/consumer.ts'
import { createRedisDeadLetters } from '../../conductor/dead-letters/redis.ts'
import { FACTS_GROUP } from '../../conductor/service.ts'
import type { BatchStore } from '../../conductor/state/port.ts'
import { createRedisBatchStore } from '../../conductor/state/redis.ts'
import { SENDERS } from '../../shared/contracts/senders.ts'
import { TOPICS } from '../../shared/contracts/topics.ts'
import { PassingError } from '../../shared/errors.ts'
import { batchId, derivedId } from '../../shared/ids.ts'
import { createEmbeddedLog } from '../../shared/log/embedded/log.ts'
import { createKafkaLog } from '../../shared/log/kafka/log.ts'
import type { EventLog } from '../../shared/log/port.ts'
import { topicSpecs } from '../../shared/log/topic-specs.ts'
import { createRedisMarkers } from '../../shared/store/marker/redis.ts'
import { createRedisClient } from '../../shared/store/redis/client.ts'
import { samplesOf, sumOf } from '../../shared/telemetry/exposition.ts'
import { createMetrics, type Metrics } from '../../shared/telemetry/metrics.ts'
import { describeEngines, uniquePrefix } from '../support/engines.ts'
import { silent } from '../support/silent.ts'
import { until } from '../support/until.ts'
import { embeddedLetters } from './dead-letters/support.ts'
import { provisioned, registered, spellchecked } from './messages.ts'
import { type Conductor, conductorOf, define, headers, type Parts, status } from './running.ts'
import { embeddedStore } from './state/support.ts'

const samples = async (one: Conductor) => samplesOf(await (await one.app.request('/metrics')).text())
/** Sender -> seconds. */
const ages = async (one: Conductor) =>
  Object.fromEntries(
    (await samples(one))
      .filter(({ name }) => name === 'baton_oldest_unapplied_event_age_seconds')
      .map(({ labels, value }) => [labels['source_service'] ?? '', value]),
  )
const LIMIT = { timeoutMs: 20_000 }

/** What a conductor tells at `/metrics`, whatever its log and store are. */
const metricsContract = (create: (metrics: Metrics) => Promise<Parts>): void => {
  const undo: (() => Promise<void>)[] = []
  let now = Date.now()
  let isHeld = false
  let log: EventLog
  let one: Conductor
  beforeAll(async () => {
    const metrics = createMetrics('conductor')
    const parts = await create(metrics)
    log = parts.log
    undo.push(() => log.close())
    const topics = Object.values(TOPICS)
    await log.ensureTopics(topicSpecs({ topics, partitions: 1, stateExpiryMs: 86_400_000, maxBatchEssays: 100 }))
    const apply: BatchStore['apply'] = (...args) =>
      isHeld ? Promise.reject(new PassingError('redis', 'away')) : parts.store.apply(...args)
    one = conductorOf({ ...parts, store: { ...parts.store, apply } }, { metrics, clock: () => now })
    await one.start()
    undo.push(() => one.stop())
    await until(one.ready, { ...LIMIT, what: 'the conductor' })
  }, 60_000)
  afterAll(async () => {
    for (const step of undo.splice(0).reverse()) await step()
  })

  test('the oldest event that a held partition keeps waiting ages by the clock, by who sent it, until it is applied', async () => {
    isHeld = true
    const id = batchId('b-1')
    const before = Date.now()
    await log.publish([registered(id, ['e1']), spellchecked(id, 'e1')])
    now = Date.now() + 90_000
    const [registration, spellchecker] = [SENDERS.orchestratorRegistration, SENDERS.spellchecker]
    const waiting = await until(
      async () => {
        const found = await ages(one)
        return registration in found && spellchecker in found ? found : undefined
      },
      { ...LIMIT, what: 'both events to wait' },
    )
    expect(Object.keys(waiting).sort()).toEqual([registration, spellchecker].sort())
    const oldest = waiting[registration] ?? 0
    expect(oldest).toBeGreaterThanOrEqual(90)
    expect(oldest).toBeLessThanOrEqual((now - before) / 1_000)

    now += 30_000
    expect((await ages(one))[registration]).toBeCloseTo(oldest + 30, 6)
    isHeld = false
    await until(async () => Object.keys(await ages(one)).length === 0, { ...LIMIT, what: 'nothing to wait' })
    await until(async () => (await status(one, id))?.details.essay_count === 1, { ...LIMIT, what: 'the batch' })
  }, 30_000)

  test('no label holds an id, whatever came and whatever was asked', async () => {
    const id = batchId(derivedId('a batch of the metrics'))
    const [e1, e2, other] = [derivedId('e1'), derivedId('e2'), derivedId('nobody')]
    const unknownSender = { ...registered(batchId(other), [e2]), headers: { source_service: other } }
    const malformed = { ...unknownSender, key: other, value: `not json of ${other}` }
    const sent = [registered(id, [e1, e2]), provisioned(id, [e1, e2]), spellchecked(id, e1), unknownSender, malformed]
    const after = await log.publish(sent)
    await define(one, id, after.slice(0, 3))
    const ask = (path: string, body?: object) =>
      one.app.request(path, { headers, ...(body ? { method: 'POST', body: JSON.stringify(body) } : {}) })
    await ask('/internal/v1/pipelines/define', { batch_id: id, requested_pipeline: other, correlation_id: other })
    await Promise.all(
      [`/internal/v1/batches/${id}/state`, `/internal/v1/dead-letters/${other}`, `/${other}`, `/x/${e1}`].map((path) =>
        ask(path),
      ),
    )
    await until(async () => sumOf(await samples(one), 'baton_dead_letters_total') === 1, {
      ...LIMIT,
      what: 'the dead letter',
    })

    const told = await samples(one)
    expect(sumOf(told, 'baton_http_requests_in_flight')).toBe(1)
    const values = new Set(told.flatMap(({ labels }) => Object.values(labels)))
    const ids = [id, e1, e2, other, 'teacher-1']
    expect([...values].filter((value) => ids.some((one) => value.includes(one)))).toEqual([])
    expect([...values].filter((value) => /[0-9a-f]{8}-?[0-9a-f]{4}/i.test(value))).toEqual([])
    expect(values.size).toBeGreaterThan(20)
  }, 30_000)
}

describe('the metrics of an embedded conductor', () => {
  metricsContract(async () => ({
    ...embeddedStore([]),
    deadLetters: embeddedLetters().store,
    log: createEmbeddedLog({ path: ':memory:', logger: silent }),
  }))
})

describeEngines('the metrics of a conductor on Kafka and Redis', ({ brokers, redisUrl }) => {
  const undo: (() => Promise<void>)[] = []
  afterAll(async () => {
    for (const step of undo) await step()
  })
  const create = async (metrics: Metrics): Promise<Parts> => {
    const prefix = uniquePrefix()
    const redis = createRedisClient({
      ...{ url: redisUrl, connectionName: 'test', logger: silent },
      scripts: metrics.scripts,
    })
    undo.push(() => redis.close())
    return {
      log: createKafkaLog({ brokers, clientId: 'test', logger: silent, prefix, replicationFactor: 1 }),
      store: createRedisBatchStore({ redis, prefix, group: FACTS_GROUP }),
      markers: createRedisMarkers({ redis, prefix }),
      deadLetters: createRedisDeadLetters({ redis, prefix, group: LETTERS_GROUP, retentionMs: 86_400_000 }),
    }
  }
  metricsContract(create)

  test('script durations are told by the name of the script', async () => {
    const metrics = createMetrics('conductor')
    const { log, store } = await create(metrics)
    undo.push(() => log.close())
    await store.revision(batchId('b')).catch(() => {})
    const told = samplesOf((await metrics.exposition()).text)
    expect(sumOf(told, 'baton_script_duration_seconds_count', { script: 'factsReadRevision' })).toBe(1)
    expect(sumOf(told, 'baton_script_duration_seconds_count')).toBe(1)
  })
})
