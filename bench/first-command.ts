import { createEmbeddedOwnedIndex } from '../conductor/owned/embedded.ts'
import { createConductor, FACTS_GROUP } from '../conductor/service.ts'
import { createRedisBatchStore } from '../conductor/state/redis.ts'
import { createRedisRunStore } from '../orchestrator/runs/redis.ts'
import { createOrchestrator } from '../orchestrator/service.ts'
import { messageOf } from '../shared/contracts/send.ts'
import { SENDERS } from '../shared/contracts/senders.ts'
import { TOPICS } from '../shared/contracts/topics.ts'
import { type BatchId, batchId, correlationId, eventId, randomId } from '../shared/ids.ts'
import { createKafkaLog } from '../shared/log/kafka/log.ts'
import { topicSpecs } from '../shared/log/topic-specs.ts'
import { createRedisMarkers } from '../shared/store/marker/redis.ts'
import { createRedisClient } from '../shared/store/redis/client.ts'
import { openDatabase } from '../shared/store/sqlite.ts'
import { createCorrelationContext } from '../shared/telemetry/context.ts'
import { createMetrics } from '../shared/telemetry/metrics.ts'
import { embeddedLetters } from '../test/conductor/dead-letters/support.ts'
import { catalog } from '../test/orchestrator/support.ts'
import { silent } from '../test/support/silent.ts'
import { until } from '../test/support/until.ts'
import { ownCpu } from './cost.ts'
import { type Figure, median, percentile } from './figure.ts'

const REQUESTS = 500
const PER_SECOND = 50
const ESSAYS = ['e1', 'e2', 'e3', 'e4']
const KEY = 'an-internal-key-for-benches'
const headers = { 'x-internal-api-key': KEY, 'x-service-id': 'bench', 'content-type': 'application/json' }
const WAIT = { timeoutMs: 120_000 }

/** From the acknowledged request, which is when the gateway answers 202, to the first command's record in Kafka. */
export const firstCommand: Figure = {
  name: 'first-command',
  about: `${PER_SECOND} requests/s for different batches, conductor and orchestrator in this process`,
  async measure({ brokers, redisUrl }) {
    const prefix = `bench-${randomId().slice(0, 8)}-`
    const log = createKafkaLog({ brokers, clientId: 'bench', logger: silent, prefix })
    const specs = topicSpecs({
      topics: Object.values(TOPICS),
      partitions: 6,
      stateExpiryMs: 3_600_000,
      maxBatchEssays: 100,
    })
    await log.ensureTopics(specs)
    const redis = createRedisClient({ url: redisUrl, connectionName: 'bench', logger: silent })
    const markers = createRedisMarkers({ redis, prefix })
    const shared = {
      version: '0',
      context: createCorrelationContext(),
      catalog,
      internalKeys: [KEY],
      logger: silent,
      log,
      markers,
    }
    const config = { SLOW_REQUEST_MS: 60_000, ENVIRONMENT: 'bench' }
    const conductor = createConductor({
      ...shared,
      config: { ...config, CATCH_UP_WAIT_MS: 4_000, STATE_EXPIRY_DAYS: 30 },
      store: createRedisBatchStore({ redis, prefix, group: FACTS_GROUP }),
      owned: createEmbeddedOwnedIndex(openDatabase(':memory:')),
      deadLetters: embeddedLetters().store,
      metrics: createMetrics('conductor'),
      storeWarnings: async () => [],
    })
    const orchestrator = createOrchestrator({
      ...shared,
      config: {
        ...config,
        READY_WAIT_SECONDS: 60,
        REQUEST_MAX_AGE: 3_600,
        ENTITLEMENTS_URL: undefined,
        MAX_BATCH_ESSAYS: 100,
        CONDUCTOR_URL: 'http://conductor',
        STATE_EXPIRY_DAYS: 30,
      },
      store: createRedisRunStore({ redis, prefix }),
      metrics: createMetrics('orchestrator'),
      storeWarnings: async () => [],
      internalKey: KEY,
      reachConductor: (request) => conductor.app.fetch(request),
      reachEntitlements: () => Response.error(),
    })
    const commanded = new Map<string, number>()
    const [, , watcher] = await Promise.all([
      conductor.start(),
      orchestrator.start(),
      log.consume({ group: 'watcher', topics: [TOPICS.spellcheckCommand] }, async (records) => {
        for (const { key, timestamp } of records) commanded.set(new TextDecoder().decode(key ?? undefined), timestamp)
      }),
    ])
    await until(() => conductor.ready() && orchestrator.ready(), { ...WAIT, what: 'the consumers to join' })

    const register = async (): Promise<BatchId> => {
      const body = { expected_essay_count: ESSAYS.length, essay_ids: ESSAYS, course_code: 'ENG6', user_id: 'ada' }
      const response = await orchestrator.app.request('/v1/batches/register', {
        method: 'POST',
        headers,
        body: JSON.stringify(body),
      })
      const { batch_id } = JSON.parse(await response.text())
      return batchId(String(batch_id))
    }
    const ids = await Promise.all(Array.from({ length: REQUESTS }, register))
    await log.publish(ids.map(provisioned))
    const isReady = async (id: BatchId): Promise<boolean> => {
      const response = await orchestrator.app.request(`/internal/v1/batches/${id}/owner`, { headers })
      return (await response.text()).includes('"content":"ready"')
    }
    await until(async () => (await Promise.all(ids.map(isReady))).every(Boolean), {
      ...WAIT,
      what: 'the content',
      intervalMs: 200,
    })
    // What the preparation has left behind is said and done before anything is measured.
    await Bun.sleep(2_000)

    const accepted = new Map<string, number>()
    const before = ownCpu()
    const ask = async (id: BatchId): Promise<void> => {
      await log.publish([requested(id)])
      accepted.set(id, Date.now())
    }
    const asking = ids.map(async (id, n) => {
      await Bun.sleep((n * 1_000) / PER_SECOND)
      await ask(id)
    })
    await Promise.all(asking)
    await until(() => ids.every((id) => commanded.has(id)), { ...WAIT, what: 'all first commands' })
    const cpuMs = (ownCpu() - before) / REQUESTS
    const latencies = ids.map((id) => Math.max(0, (commanded.get(id) ?? 0) - (accepted.get(id) ?? 0)))
    await Promise.all([watcher.stop(), orchestrator.stop(), conductor.stop()])
    await log.close()
    await redis.close()
    return [
      {
        what: '202 to first command, p50, ms',
        value: median(latencies),
        cpuMs,
        note: 'wanted: under 50; CPU of conductor and orchestrator together, with what they do when idle',
      },
      { what: '202 to first command, p99, ms', value: percentile(latencies, 99), note: 'wanted: under 200' },
    ]
  },
}

const envelope = (id: BatchId) => ({
  batchId: id,
  eventId: eventId(randomId()),
  correlationId: correlationId(randomId()),
  at: Date.now(),
})

const provisioned = (id: BatchId) =>
  messageOf({
    ...envelope(id),
    topic: TOPICS.contentProvisioned,
    source: SENDERS.essayLifecycle,
    data: {
      batch_id: id,
      provisioned_count: ESSAYS.length,
      expected_count: ESSAYS.length,
      course_code: 'ENG6',
      user_id: 'ada',
      essays_for_processing: ESSAYS.map((essay_id) => ({ essay_id, text_storage_id: `text of ${essay_id}` })),
    },
  })

const requested = (id: BatchId) =>
  messageOf({
    ...envelope(id),
    topic: TOPICS.pipelineRequest,
    source: SENDERS.gateway,
    data: { batch_id: id, requested_pipeline: 'nlp', user_id: 'ada', prompt_payload: { assignment_id: 'a-1' } },
  })
