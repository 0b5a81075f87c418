import { Database } from 'bun:sqlite'
import { afterEach, expect, test } from 'bun:test'
import { RedisClient as Admin } from 'bun'
import { createEmbeddedOwnedIndex } from '../../conductor/owned/embedded.ts'
import { createConductor, FACTS_GROUP } from '../../conductor/service.ts'
import { createRedisBatchStore } from '../../conductor/state/redis.ts'
import { createRedisRunStore } from '../../orchestrator/runs/redis.ts'
import { createOrchestrator } from '../../orchestrator/service.ts'
import { PausedResponse, RunHistoryResponse } from '../../shared/contracts/http/orchestrator.ts'
import { receiveAs } from '../../shared/contracts/receive.ts'
import { messageOf } from '../../shared/contracts/send.ts'
import { SENDERS } from '../../shared/contracts/senders.ts'
import { TOPICS } from '../../shared/contracts/topics.ts'
import { type BatchId, batchId, correlationId, derivedId, eventId } from '../../shared/ids.ts'
import { createEmbeddedLog } from '../../shared/log/embedded/log.ts'
import type { LogRecord } from '../../shared/log/port.ts'
import { topicSpecs } from '../../shared/log/topic-specs.ts'
import { createRedisMarkers } from '../../shared/store/marker/redis.ts'
import { createRedisClient } from '../../shared/store/redis/client.ts'
import { createCorrelationContext } from '../../shared/telemetry/context.ts'
import { createMetrics } from '../../shared/telemetry/metrics.ts'
import { embeddedLetters } from '../conductor/dead-letters/support.ts'
import { installEngines } from '../engines/install.ts'
import { createRedisNode } from '../engines/redis.ts'
import { createRedisFailover } from '../engines/redis-failover.ts'
import { describeRedis } from '../support/engines.ts'
import { silent } from '../support/silent.ts'
import { until } from '../support/until.ts'
import { answerOf, catalog, KEY } from './support.ts'

/** More of them with `BATON_RUNS=500`. */
const RUNS = Number(process.env['BATON_RUNS'] ?? 60)
const LIMIT = { timeoutMs: 60_000 + 200 * RUNS }
const headers = { 'x-internal-api-key': KEY, 'x-service-id': 'test', 'content-type': 'application/json' }

const undo: (() => Promise<unknown> | unknown)[] = []
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step()
})

/** A node of the test's own: it is flushed. */
const ownRedis = async () => {
  const node = await createRedisNode(await installEngines(() => {}))
  undo.push(() => node.dispose())
  await node.start()
  const admin = new Admin(node.address)
  undo.push(() => admin.close())
  return { admin, url: node.address }
}

const failing = async () => {
  const failover = await createRedisFailover(await installEngines(() => {}))
  undo.push(() => failover.dispose())
  return failover
}

/** Conductor and orchestrator on a Redis. */
const world = async (url: string) => {
  const redis = createRedisClient({ url, connectionName: 'test', logger: silent })
  undo.push(() => redis.close())
  const log = createEmbeddedLog({ path: ':memory:', logger: silent })
  undo.push(() => log.close())
  const topics = Object.values(TOPICS)
  await log.ensureTopics(topicSpecs({ topics, partitions: 4, stateExpiryMs: 86_400_000, maxBatchEssays: 10 }))
  const markers = createRedisMarkers({ redis })
  const shared = {
    version: '0',
    context: createCorrelationContext(),
    catalog,
    internalKeys: [KEY],
    logger: silent,
    log,
    markers,
  }
  const db = new Database(':memory:', { strict: true })
  const conductor = createConductor({
    ...shared,
    config: { CATCH_UP_WAIT_MS: 4_000, SLOW_REQUEST_MS: 10_000, ENVIRONMENT: 'test', STATE_EXPIRY_DAYS: 30 },
    store: createRedisBatchStore({ redis, group: FACTS_GROUP }),
    owned: createEmbeddedOwnedIndex(db),
    deadLetters: embeddedLetters().store,
    metrics: createMetrics('conductor'),
    storeWarnings: async () => [],
    markerEveryMs: 50,
  })
  const orchestrator = createOrchestrator({
    ...shared,
    config: {
      READY_WAIT_SECONDS: 60,
      REQUEST_MAX_AGE: 3_600,
      ENTITLEMENTS_URL: undefined,
      SLOW_REQUEST_MS: 10_000,
      ENVIRONMENT: 'test',
      MAX_BATCH_ESSAYS: 10,
      CONDUCTOR_URL: 'http://conductor',
      STATE_EXPIRY_DAYS: 30,
    },
    store: createRedisRunStore({ redis }),
    metrics: createMetrics('orchestrator'),
    storeWarnings: async () => [],
    internalKey: KEY,
    reachConductor: (request) => conductor.app.fetch(request),
    reachEntitlements: () => Response.error(),
    sweepEveryMs: 100,
    markerEveryMs: 50,
  })
  await Promise.all([conductor.start(), orchestrator.start()])
  undo.push(
    () => conductor.stop(),
    () => orchestrator.stop(),
  )
  return { log, orchestrator }
}
type World = Awaited<ReturnType<typeof world>>

const register = async ({ orchestrator }: World, n: number): Promise<BatchId> => {
  const body = { expected_essay_count: 2, essay_ids: ['e1', 'e2'], course_code: 'ENG6', user_id: 'ada' }
  const response = await orchestrator.app.request('/v1/batches/register', {
    method: 'POST',
    headers: { ...headers, 'idempotency-key': `upload-${n}` },
    body: JSON.stringify(body),
  })
  return batchId((await answerOf(response)).batch_id ?? '')
}

const envelope = (id: BatchId, name: string) => ({
  batchId: id,
  eventId: eventId(derivedId(id, name)),
  correlationId: correlationId(derivedId(id, 'correlation')),
  at: Date.now(),
})

const ask = (id: BatchId) => [
  messageOf({
    ...envelope(id, 'provisioned'),
    topic: TOPICS.contentProvisioned,
    source: SENDERS.essayLifecycle,
    data: {
      batch_id: id,
      provisioned_count: 2,
      expected_count: 2,
      course_code: 'ENG6',
      user_id: 'ada',
      essays_for_processing: ['e1', 'e2'].map((essay_id) => ({ essay_id, text_storage_id: `text of ${essay_id}` })),
    },
  }),
  messageOf({
    ...envelope(id, 'request'),
    topic: TOPICS.pipelineRequest,
    source: SENDERS.gateway,
    data: { batch_id: id, requested_pipeline: 'nlp', user_id: 'ada', prompt_payload: { assignment_id: 'a-1' } },
  }),
]

/** What a specialist answers; a command that comes again gets the same answer. */
const answerTo = (record: LogRecord) => {
  const isSpellcheck = record.topic === TOPICS.spellcheckCommand
  const { envelope: command, batchId: id } = receiveAs(
    isSpellcheck ? TOPICS.spellcheckCommand : TOPICS.nlpCommand,
    record,
  )
  if (id === null) throw new Error('a command names its batch')
  const phase = isSpellcheck ? ('spellcheck' as const) : ('nlp' as const)
  return messageOf({
    ...envelope(id, `outcome of ${command.event_id}`),
    topic: TOPICS.phaseOutcome,
    source: SENDERS.essayLifecycle,
    data: {
      batch_id: id,
      phase_name: phase,
      phase_status: 'completed_successfully',
      processed_essays: command.data.essays_to_process.map(({ essay_id }) => ({ essay_id, text_storage_id: phase })),
      failed_essay_ids: [],
    },
  })
}

/** A specialist that answers every command, and what it and others see: event ids by what they are about. */
const watch = async ({ log }: World) => {
  const commands = new Map<string, Set<string>>()
  const ended = new Map<string, Set<string>>()
  let answered = 0
  const note = (map: Map<string, Set<string>>, key: string, id: string) =>
    map.set(key, (map.get(key) ?? new Set()).add(id))
  const keyOf = ({ key }: LogRecord) => new TextDecoder().decode(key ?? undefined)
  const specialist = await log.consume(
    { group: 'specialist', topics: [TOPICS.spellcheckCommand, TOPICS.nlpCommand] },
    async (records) => {
      for (const record of records) {
        note(commands, `${keyOf(record)} ${record.topic}`, record.headers['event_id'] ?? '')
        await log.publish([answerTo(record)])
        answered += 1
      }
    },
  )
  const watcher = await log.consume({ group: 'watcher', topics: [TOPICS.pipelineCompleted] }, async (records) => {
    for (const record of records) note(ended, keyOf(record), record.headers['event_id'] ?? '')
  })
  undo.push(
    () => specialist.stop(),
    () => watcher.stop(),
  )
  return { commands, ended, answered: () => answered }
}

/** Many runs, in whose middle a part of the store is taken away by `lose`. */
const playRuns = async (at: World, lose: (untilAnswered: (count: number) => Promise<unknown>) => Promise<void>) => {
  const { commands, ended, answered } = await watch(at)
  const ids = await Promise.all(Array.from({ length: RUNS }, (_, n) => register(at, n)))
  await at.log.publish(ids.flatMap(ask))
  await lose((count) => until(() => answered() > count, { ...LIMIT, what: `more than ${count} answers` }))
  await until(() => ids.every((id) => ended.has(id)), { ...LIMIT, what: 'all runs to end' })
  // Each request once more, as a recovery reads it again; what is asked last is answered after them.
  await at.log.publish(ids.flatMap((id) => ask(id).slice(1)))
  const later = await Promise.all(Array.from({ length: 8 }, (_, n) => register(at, RUNS + n)))
  await at.log.publish(later.flatMap(ask))
  await until(() => later.every((id) => ended.has(id)), { ...LIMIT, what: 'what was asked last to end' })

  // One id for each command and each end: none was commanded twice, and no old request was run again.
  expect(commands.size).toBe(2 * (RUNS + later.length))
  expect([...commands].filter(([, found]) => found.size > 1)).toEqual([])
  expect([...ended].filter(([, found]) => found.size > 1)).toEqual([])
}

describeRedis('a store that loses its writes in the middle of many runs', () => {
  test(
    'by being emptied comes back from the run books: all runs end, and none is commanded twice with another id',
    async () => {
      const { admin, url } = await ownRedis()
      await playRuns(await world(url), async (untilAnswered) => {
        for (const count of [RUNS / 3, RUNS]) {
          await untilAnswered(count)
          await admin.send('FLUSHALL', [])
        }
      })
    },
    LIMIT.timeoutMs + 30_000,
  )

  test(
    'by a failover to a replica that lags does so too, and no old request is run again',
    async () => {
      const failover = await failing()
      await playRuns(await world(failover.url), async (untilAnswered) => {
        await untilAnswered(RUNS / 3)
        await failover.lag()
        // Runs move on by writes that nobody will know of.
        await untilAnswered(RUNS)
        await failover.failOver()
      })
    },
    LIMIT.timeoutMs + 30_000,
  )
})

describeRedis('a phase that is paused', () => {
  const call = ({ orchestrator }: World, verb: 'pause' | 'resume') =>
    orchestrator.app.request(`/internal/v1/phases/nlp/${verb}`, { method: 'POST', headers })
  const paused = async ({ orchestrator }: World) => {
    const response = await orchestrator.app.request('/internal/v1/phases/paused', { headers })
    return PausedResponse.parse(await response.json()).paused
  }
  const nlpCommands = (commands: ReadonlyMap<string, unknown>) =>
    [...commands.keys()].filter((key) => key.endsWith(TOPICS.nlpCommand))
  /** Runs of these batches stand before nlp, and their books say so. */
  const areHeld = async ({ orchestrator }: World, ids: readonly BatchId[]) => {
    const each = ids.map(async (id) => {
      const response = await orchestrator.app.request(`/internal/v1/batches/${id}/runs`, { headers })
      const { runs } = RunHistoryResponse.parse(await response.json())
      return runs[0]?.phases.some(({ phase, paused: isPaused }) => phase === 'nlp' && isPaused) ?? false
    })
    return (await Promise.all(each)).every(Boolean)
  }

  test(
    'stays so when everything is flushed: no run passes it, and all go on once it is resumed',
    async () => {
      const { admin, url } = await ownRedis()
      const at = await world(url)
      const { commands, ended } = await watch(at)
      const ids = await Promise.all(Array.from({ length: 20 }, (_, n) => register(at, n)))
      expect((await call(at, 'pause')).status).toBe(200)
      await at.log.publish(ids.slice(0, 10).flatMap(ask))
      await until(() => commands.size > 3, { ...LIMIT, what: 'runs to be under way' })
      await admin.send('FLUSHALL', [])
      await at.log.publish(ids.slice(10).flatMap(ask))
      await until(() => areHeld(at, ids), { ...LIMIT, what: 'all runs to wait' })
      expect(nlpCommands(commands)).toEqual([])
      expect(await paused(at)).toEqual(['nlp'])
      await admin.send('FLUSHALL', [])
      expect((await call(at, 'resume')).status).toBe(200)
      await until(() => ids.every((id) => ended.has(id)), { ...LIMIT, what: 'all runs to end' })
    },
    LIMIT.timeoutMs + 30_000,
  )

  test(
    'stays so, and one that was resumed goes on, when a failover loses the store’s last word on it',
    async () => {
      const failover = await failing()
      const at = await world(failover.url)
      const { commands, ended } = await watch(at)
      const id = await register(at, 0)
      await failover.followed()
      await failover.lag()
      expect((await call(at, 'pause')).status).toBe(200)
      await failover.failOver()
      const isPaused = () => paused(at).then(([phase]) => phase === 'nlp')
      await until(isPaused, { ...LIMIT, what: 'the pause to be put back' })
      await at.log.publish(ask(id))
      await until(() => areHeld(at, [id]), { ...LIMIT, what: 'the run to wait' })
      expect(nlpCommands(commands)).toEqual([])
      expect((await call(at, 'resume')).status).toBe(200)
      await until(() => ended.has(id), { ...LIMIT, what: 'the run to end' })
    },
    LIMIT.timeoutMs + 30_000,
  )
})
