import { Database } from 'bun:sqlite'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'bun:test'
import { RedisClient as Admin } from 'bun'
import { createEmbeddedOwnedIndex } from '../../conductor/owned/embedded.ts'
import { createConductor, FACTS_GROUP } from '../../conductor/service.ts'
import type { BatchStore } from '../../conductor/state/port.ts'
import { createRedisBatchStore } from '../../conductor/state/redis.ts'
import { pauseMessage } from '../../orchestrator/pauses/message.ts'
import { createEmbeddedRunStore } from '../../orchestrator/runs/embedded.ts'
import { newBook } from '../../orchestrator/runs/model/book.ts'
import type { RunStore } from '../../orchestrator/runs/port.ts'
import { createRedisRunStore } from '../../orchestrator/runs/redis.ts'
import { createOrchestrator, RUNS_GROUP } from '../../orchestrator/service.ts'
import { PausedResponse } from '../../shared/contracts/http/orchestrator.ts'
import { receiveAs } from '../../shared/contracts/receive.ts'
import type { RunBook } from '../../shared/contracts/run-book.ts'
import { messageOf } from '../../shared/contracts/send.ts'
import { SENDERS } from '../../shared/contracts/senders.ts'
import { dlqOf, TOPICS } from '../../shared/contracts/topics.ts'
import { type BatchId, batchId, correlationId, derivedId, eventId, randomId } from '../../shared/ids.ts'
import { createEmbeddedLog } from '../../shared/log/embedded/log.ts'
import { createKafkaLog } from '../../shared/log/kafka/log.ts'
import { partitionOf } from '../../shared/log/partitioner.ts'
import type { EventLog, LogRecord, OutgoingMessage } from '../../shared/log/port.ts'
import { topicSpecs } from '../../shared/log/topic-specs.ts'
import type { MarkerStore } from '../../shared/store/marker/port.ts'
import { createRedisMarkers } from '../../shared/store/marker/redis.ts'
import { createCorrelationContext } from '../../shared/telemetry/context.ts'
import { createMetrics } from '../../shared/telemetry/metrics.ts'
import { embeddedLetters } from '../conductor/dead-letters/support.ts'
import { embeddedStore, redisForTests } from '../conductor/state/support.ts'
import { describeEngines, uniquePrefix } from '../support/engines.ts'
import { recordingLogger, silent } from '../support/silent.ts'
import { until } from '../support/until.ts'
import { answerOf, catalog, KEY, registration } from './support.ts'

interface Parts {
  readonly log: EventLog
  readonly runs: RunStore
  readonly facts: BatchStore
  readonly markers: MarkerStore
  /** Takes from the run store what an engine may lose: Redis everything, a file what was not written before a crash. */
  lose(): Promise<void>
  /** Ends what a test does not share with the next. */
  close(): Promise<void>
}

const USER = 'ada'
const SPECS = topicSpecs({
  topics: Object.values(TOPICS),
  partitions: 2,
  stateExpiryMs: 86_400_000,
  maxBatchEssays: 100,
})
const headers = { 'x-internal-api-key': KEY, 'x-service-id': 'test', 'content-type': 'application/json' }
const shared = { version: '0', context: createCorrelationContext(), catalog, internalKeys: [KEY] }

const conductorOf = ({ log, facts, markers }: Parts) =>
  createConductor({
    ...shared,
    config: { CATCH_UP_WAIT_MS: 4_000, SLOW_REQUEST_MS: 10_000, ENVIRONMENT: 'test', STATE_EXPIRY_DAYS: 30 },
    log,
    store: facts,
    owned: createEmbeddedOwnedIndex(new Database(':memory:')),
    deadLetters: embeddedLetters().store,
    markers,
    logger: silent,
    metrics: createMetrics('conductor'),
    storeWarnings: async () => [],
    markerEveryMs: 500,
  })

const orchestratorOf = (
  { log, runs, markers }: Parts,
  reachConductor: (request: Request) => Response | Promise<Response>,
  readyWaitSeconds = 60,
) => {
  const logger = recordingLogger()
  const one = createOrchestrator({
    ...shared,
    config: {
      READY_WAIT_SECONDS: readyWaitSeconds,
      REQUEST_MAX_AGE: 3_600,
      ENTITLEMENTS_URL: undefined,
      SLOW_REQUEST_MS: 10_000,
      ENVIRONMENT: 'test',
      MAX_BATCH_ESSAYS: 100,
      CONDUCTOR_URL: 'http://conductor',
      STATE_EXPIRY_DAYS: 30,
    },
    log,
    store: runs,
    markers,
    logger,
    metrics: createMetrics('orchestrator'),
    storeWarnings: () => Promise.reject(new Error('the store is away')),
    internalKey: KEY,
    reachConductor,
    reachEntitlements: () => Response.error(),
    sweepEveryMs: 100,
    markerEveryMs: 500,
  })
  return { ...one, logger }
}

const envelope = (id: BatchId, name: string, correlation = derivedId(id, 'correlation')) => ({
  batchId: id,
  eventId: eventId(derivedId(id, name)),
  correlationId: correlationId(correlation),
  at: Date.now(),
})

const refs = (essays: readonly string[], word: string) =>
  essays.map((essay_id) => ({ essay_id, text_storage_id: `${word} of ${essay_id}` }))

const provisioned = (id: BatchId, essays: readonly string[]): OutgoingMessage =>
  messageOf({
    ...envelope(id, 'provisioned'),
    topic: TOPICS.contentProvisioned,
    source: SENDERS.essayLifecycle,
    data: {
      batch_id: id,
      provisioned_count: essays.length,
      expected_count: essays.length,
      course_code: 'ENG6',
      user_id: USER,
      essays_for_processing: refs(essays, 'text'),
    },
  })

const metadata = (id: BatchId) => ({ entity_id: id, entity_type: 'batch' })

const ready = (id: BatchId, essays: readonly string[]): OutgoingMessage =>
  messageOf({
    ...envelope(id, 'ready'),
    topic: TOPICS.essaysReady,
    source: SENDERS.essayLifecycle,
    data: {
      batch_id: id,
      ready_essays: refs(essays, 'text'),
      metadata: metadata(id),
      course_code: 'ENG6',
      course_language: 'en',
      class_type: 'GUEST',
    },
  })

const confirmed = (id: BatchId): OutgoingMessage =>
  messageOf({
    ...envelope(id, 'confirmed'),
    topic: TOPICS.associationsConfirmed,
    source: SENDERS.essayLifecycle,
    data: {
      event_name: 'student.associations.confirmed',
      batch_id: id,
      class_id: 'class-1',
      course_code: 'ENG6',
      associations: [],
      validation_summary: {},
    },
  })

const invalid = (id: BatchId): OutgoingMessage =>
  messageOf({
    ...envelope(id, 'invalid'),
    topic: TOPICS.validationErrors,
    source: SENDERS.essayLifecycle,
    data: {
      batch_id: id,
      failed_essays: [],
      error_summary: { total_errors: 1, error_categories: {}, critical_failure: true },
      correlation_id: derivedId(id, 'correlation'),
      metadata: metadata(id),
    },
  })

/** Content validation takes the other essays. */
const partlyInvalid = (id: BatchId, essays: readonly string[]): OutgoingMessage =>
  messageOf({
    ...envelope(id, 'partly invalid'),
    topic: TOPICS.validationErrors,
    source: SENDERS.essayLifecycle,
    data: {
      batch_id: id,
      failed_essays: essays.map((essay_id) => ({
        essay_id,
        file_name: `${essay_id}.txt`,
        failed_at: new Date().toISOString(),
        error_detail: {
          error_code: 'EMPTY_CONTENT',
          message: 'nothing stands in it',
          correlation_id: derivedId(id, 'correlation'),
          timestamp: new Date().toISOString(),
          service: 'file-service',
          operation: 'validate',
        },
      })),
      error_summary: { total_errors: essays.length, error_categories: { EMPTY_CONTENT: essays.length } },
      correlation_id: derivedId(id, 'correlation'),
      metadata: metadata(id),
    },
  })

const requested = (id: BatchId, name = 'request', over: { readonly user?: string; readonly pipeline?: string } = {}) =>
  messageOf({
    ...envelope(id, name, derivedId(id, name, 'correlation')),
    topic: TOPICS.pipelineRequest,
    source: SENDERS.gateway,
    data: {
      batch_id: id,
      requested_pipeline: over.pipeline ?? 'nlp',
      user_id: over.user ?? USER,
      prompt_payload: { assignment_id: 'a-1' },
    },
  })

const outcome = (id: BatchId, phase: 'spellcheck' | 'nlp', good: readonly string[], bad: readonly string[] = []) =>
  messageOf({
    ...envelope(id, `outcome ${phase}`, derivedId(id, 'request', 'correlation')),
    topic: TOPICS.phaseOutcome,
    source: SENDERS.essayLifecycle,
    data: {
      batch_id: id,
      phase_name: phase,
      phase_status: bad.length > 0 ? 'completed_with_failures' : 'completed_successfully',
      processed_essays: refs(good, phase),
      failed_essay_ids: [...bad],
    },
  })

/** An id whose messages go to the same partition. */
const batchBeside = (id: BatchId): BatchId => {
  const partition = (one: string) => partitionOf(Buffer.from(one), 2)
  const other = randomId()
  return partition(other) === partition(id) ? batchId(other) : batchBeside(id)
}

/** What the orchestrator does with a log and a store, whichever they are, and with a real conductor behind it. */
const orchestratorContract = (create: () => Promise<Parts>): void => {
  const undo: (() => Promise<void>)[] = []
  afterEach(async () => {
    for (const step of undo.splice(0).reverse()) await step()
  })

  const start = async (count = 1, readyWaitSeconds = 60) => {
    const made = await create()
    undo.push(() => made.close())
    const forgotten: number[] = []
    let markerWrites = 0
    const parts: Parts = {
      ...made,
      runs: {
        ...made.runs,
        async forget(buckets) {
          forgotten.push(...buckets)
          await made.runs.forget(buckets)
        },
      },
      markers: {
        ...made.markers,
        async advance(changes) {
          const found = await made.markers.advance(changes)
          markerWrites += 1
          return found
        },
      },
    }
    const conductor = conductorOf(parts)
    let away = false
    const reach = (request: Request) =>
      away ? Promise.reject(new Error('ECONNREFUSED')) : conductor.app.fetch(request)
    const members = Array.from({ length: count }, () => orchestratorOf(parts, reach, readyWaitSeconds))
    const seen: LogRecord[] = []
    const watched = [
      TOPICS.runChanged,
      TOPICS.spellcheckCommand,
      TOPICS.nlpCommand,
      TOPICS.pipelineCompleted,
      TOPICS.studentMatchingCommand,
    ]
    const letters = [dlqOf(TOPICS.pipelineRequest), dlqOf(TOPICS.phaseOutcome)]
    const [, tail] = await Promise.all([
      conductor.start(),
      parts.log.consume({ group: 'test', topics: [...watched, TOPICS.pipelineDenied, ...letters] }, async (records) => {
        seen.push(...records)
      }),
      ...members.map((member) => member.start()),
    ])
    undo.push(
      () => conductor.stop(),
      () => tail.stop(),
      ...members.map((member) => () => member.stop()),
    )
    const [one = orchestratorOf(parts, reach)] = members
    const on = (topic: string) => seen.filter((record) => record.topic === topic)
    const keyOf = ({ key }: LogRecord) => new TextDecoder().decode(key ?? undefined)
    /** The batches of this test: on Kafka something of the last one's may still come. */
    const mine = new Set<string>()
    /**
     * What was said of them, by its ids: whoever finds something unsaid says it, with the same id. Two may do so at once, or one of
     * them again after a while in which it did nothing.
     */
    const eventIds = (topic: string) =>
      new Set(on(topic).flatMap((record) => (mine.has(keyOf(record)) ? [record.headers['event_id']] : [])))
    return {
      ...parts,
      one,
      members,
      /** The buckets that were taken for lost, and how often markers were written. */
      forgotten,
      markerWrites: () => markerWrites,
      on,
      eventIds,
      keyOf,
      setAway(value: boolean) {
        away = value
      },
      /** The newest book of the batch that was published. */
      book(id: BatchId): RunBook | undefined {
        const last = on(TOPICS.runChanged).findLast((record) => keyOf(record) === id)
        return last && receiveAs(TOPICS.runChanged, last).envelope.data
      },
      ask: (method: 'GET' | 'POST', path: string, user = 'ada') =>
        one.app.request(path, { method, headers: { ...headers, 'x-user-id': user } }),
      async register(essays: readonly string[], classId: string | null = null): Promise<BatchId> {
        const response = await one.app.request('/v1/batches/register', {
          method: 'POST',
          headers,
          body: JSON.stringify({
            expected_essay_count: essays.length,
            essay_ids: essays,
            course_code: 'ENG6',
            user_id: USER,
            class_id: classId,
          }),
        })
        expect(response.status).toBe(202)
        const id = batchId((await answerOf(response)).batch_id ?? '')
        mine.add(id)
        return id
      },
    }
  }
  const soon = (what: string) => ({ timeoutMs: 40_000, what })

  test('a request that comes before the content waits for it, runs phase by phase, and ends', async () => {
    const { log, register, on, eventIds, book } = await start()
    const id = await register(['e1', 'e2'])
    await log.publish([requested(id)])
    await until(() => book(id)?.requests[0]?.verdict === 'waiting_for_content', soon('the wait'))
    await log.publish([provisioned(id, ['e1', 'e2'])])
    await until(() => eventIds(TOPICS.spellcheckCommand).size === 1, soon('the first command'))
    await log.publish([outcome(id, 'spellcheck', ['e1'], ['e2'])])
    const [command] = await until(
      () => (eventIds(TOPICS.nlpCommand).size === 1 ? on(TOPICS.nlpCommand) : undefined),
      soon('the second command'),
    )
    if (!command) throw new Error('no command')
    const { data } = receiveAs(TOPICS.nlpCommand, command).envelope
    expect(data.essays_to_process.map(({ text_storage_id }) => text_storage_id)).toEqual(['spellcheck of e1'])
    await log.publish([outcome(id, 'nlp', ['e1'])])
    await until(() => book(id)?.runs[0]?.status === 'completed_with_failures', soon('the end'))
    await until(() => eventIds(TOPICS.pipelineCompleted).size === 1, soon('the end to be told'))
  }, 90_000)

  test('content that validation refuses as a whole ends the wait with a refusal; essays that are ready let it go on', async () => {
    const { log, register, on, book } = await start()
    const [bad, good] = [await register(['e1']), await register(['e1'])]
    await log.publish([requested(bad), requested(good)])
    await until(() => [bad, good].every((id) => book(id)?.requests.length === 1), soon('both waits'))
    await log.publish([invalid(bad), ready(good, ['e1'])])
    await until(() => book(bad)?.requests[0]?.reason === 'content_failed', soon('the refusal'))
    await until(() => on(TOPICS.spellcheckCommand).length > 0, soon('the command'))
  }, 90_000)

  test('a request for a batch that no log has any more is refused at last, and holds no other up', async () => {
    const { log, runs, register, on, eventIds, book, keyOf } = await start(1, 2)
    const known = await register(['e1'])
    const lost = batchBeside(known)
    await runs.restore(lost, {
      book: { ...newBook(lost), user_id: USER, content: 'ready', registration: registration(), book_revision: '1' },
      entries: [],
    })
    await log.publish([requested(lost)])
    await log.publish([provisioned(known, ['e1'])])
    await until(() => book(known)?.content === 'ready', soon('the content of the other batch'))
    await log.publish([requested(known)])
    await until(() => eventIds(TOPICS.spellcheckCommand).size === 1, soon('the command for the other batch'))
    await until(() => book(lost)?.requests[0]?.verdict === 'refused', soon('the refusal'))
    expect(book(lost)?.requests).toMatchObject([{ reason: 'batch_facts_missing' }])
    await until(() => on(TOPICS.pipelineDenied).some((record) => keyOf(record) === lost), soon('the denial'))
  }, 90_000)

  test('essays that content validation refused are not commanded, and the run names them with their codes', async () => {
    const { log, register, on, book } = await start()
    const id = await register(['e1', 'e2', 'e3'])
    await log.publish([partlyInvalid(id, ['e2']), provisioned(id, ['e1', 'e3'])])
    await log.publish([requested(id)])
    const [command] = await until(
      () => (on(TOPICS.spellcheckCommand).length > 0 ? on(TOPICS.spellcheckCommand) : undefined),
      soon('the command'),
    )
    if (!command) throw new Error('no command')
    const { data } = receiveAs(TOPICS.spellcheckCommand, command).envelope
    expect(data.essays_to_process.map(({ essay_id }) => essay_id)).toEqual(['e1', 'e3'])
    // The book goes out before the command, on another topic: it may be heard after it.
    await until(() => book(id)?.runs.length === 1, soon('the run to be told'))
    expect(book(id)?.runs).toMatchObject([
      { essay_count: 2, refused_essay_count: 1, refused_essays: [{ essay_id: 'e2', code: 'EMPTY_CONTENT' }] },
    ])
  }, 90_000)

  test('a batch of a class has its essays matched to students first, and runs once it is ready', async () => {
    const { log, register, on, eventIds } = await start()
    const id = await register(['e1'], 'class-1')
    await log.publish([provisioned(id, ['e1']), requested(id)])
    await until(() => eventIds(TOPICS.studentMatchingCommand).size === 1, soon('the matching to be commanded'))
    expect(on(TOPICS.spellcheckCommand).map(({ key }) => new TextDecoder().decode(key ?? undefined))).not.toContain(id)
    await log.publish([confirmed(id)])
    await log.publish([ready(id, ['e1'])])
    await until(() => on(TOPICS.spellcheckCommand).length > 0, soon('the command'))
  }, 90_000)

  test('what comes again changes nothing', async () => {
    const { log, register, on, book, eventIds } = await start()
    const id = await register(['e1'])
    const twice = async (message: OutgoingMessage) => {
      await log.publish([message, message])
    }
    await twice(provisioned(id, ['e1']))
    await twice(requested(id))
    await until(() => on(TOPICS.spellcheckCommand).length > 0, soon('the first command'))
    await twice(outcome(id, 'spellcheck', ['e1']))
    await until(() => on(TOPICS.nlpCommand).length > 0, soon('the second command'))
    await twice(outcome(id, 'nlp', ['e1']))
    await until(() => book(id)?.runs[0]?.status === 'completed_successfully', soon('the end'))
    const other = await register(['e1'])
    await log.publish([requested(other, 'last', { user: 'somebody else' })])
    await until(() => on(TOPICS.pipelineDenied).length > 0, soon('a later request to be answered'))
    for (const topic of [TOPICS.spellcheckCommand, TOPICS.nlpCommand, TOPICS.pipelineCompleted])
      expect(eventIds(topic).size).toBe(1)
    expect(book(id)?.runs).toHaveLength(1)
    expect(book(id)?.requests).toHaveLength(1)
  }, 90_000)

  test('fifty requests for one batch: one runs, the others are refused visibly', async () => {
    const { log, register, on, eventIds } = await start()
    const id = await register(['e1'])
    await log.publish([provisioned(id, ['e1'])])
    await log.publish(Array.from({ length: 50 }, (_, n) => requested(id, `request ${n}`)))
    await until(() => eventIds(TOPICS.pipelineDenied).size === 49, soon('49 refusals'))
    await until(() => on(TOPICS.spellcheckCommand).length > 0, soon('the command'))
    expect(eventIds(TOPICS.spellcheckCommand).size).toBe(1)
  }, 90_000)

  test('a malformed message becomes a dead letter, and those around it are handled', async () => {
    const { log, register, eventIds, book } = await start()
    const id = await register(['e1'])
    const broken = { topic: TOPICS.pipelineRequest, key: id, value: 'not json', headers: {} }
    await log.publish([broken, requested(id, 'request', { pipeline: 'no-such' }), { ...broken, value: '{}' }])
    await log.publish([provisioned(id, ['e1'])])
    await until(() => eventIds(dlqOf(TOPICS.pipelineRequest)).size === 2, soon('two dead letters'))
    await until(() => book(id)?.requests[0]?.reason === 'unknown_pipeline', soon('the answer'))
  }, 90_000)

  test('while the conductor is away requests wait, and none is lost', async () => {
    const { one, log, register, on, setAway } = await start()
    const ids = await Promise.all([register(['e1']), register(['e1'])])
    await log.publish(ids.map((id) => provisioned(id, ['e1'])))
    setAway(true)
    await log.publish(ids.map((id) => requested(id)))
    const isHeld = () => one.logger.lines.some(({ message }) => message === 'partition held')
    await until(isHeld, soon('a partition to be held'))
    expect(on(TOPICS.spellcheckCommand)).toEqual([])
    setAway(false)
    await until(() => on(TOPICS.spellcheckCommand).length >= 2, soon('both commands'))
  }, 90_000)

  test('a paused phase outlives the store: runs wait before it, visibly, and go on when it is resumed', async () => {
    const { log, register, on, keyOf, book, ask, lose } = await start()
    const [first, second] = [await register(['e1']), await register(['e1'])]
    const isHeld = (id: BatchId) => book(id)?.runs[0]?.phases.some(({ phase, paused }) => phase === 'nlp' && paused)
    const commanded = () => new Set(on(TOPICS.nlpCommand).map(keyOf))
    await log.publish([provisioned(first, ['e1']), provisioned(second, ['e1'])])
    expect((await ask('POST', '/internal/v1/phases/nlp/pause', 'grace')).status).toBe(200)
    await log.publish([requested(first)])
    await until(() => on(TOPICS.spellcheckCommand).length > 0, soon('the first run'))
    await log.publish([outcome(first, 'spellcheck', ['e1'])])
    await until(() => isHeld(first), soon('the first run to be held'))

    await lose()
    await log.publish([requested(second)])
    await until(() => book(second)?.runs.length === 1, soon('the second run'))
    await log.publish([outcome(second, 'spellcheck', ['e1'])])
    await until(() => isHeld(second), soon('the second run to be held'))
    const listed = await (await ask('GET', '/internal/v1/phases/paused')).json()
    expect(listed).toMatchObject({ paused: ['nlp'], pauses: [{ phase: 'nlp', paused_by: 'test', user_id: 'grace' }] })
    expect(commanded().size).toBe(0)

    await lose()
    expect((await ask('POST', '/internal/v1/phases/nlp/resume')).status).toBe(200)
    await until(() => commanded().size === 2, soon('both runs to go on'))
  }, 90_000)

  test('what a crash left between the log and the store is finished: a pause holds, and a resume lets go on', async () => {
    const { log, register, on, book, ask } = await start()
    const say = (paused: boolean) => {
      const said = { phase: 'spellcheck', paused, changed_by: 'test', user_id: null, changed_at: Date.now() }
      return log.publish([pauseMessage(said, { correlationId: correlationId(randomId()) })])
    }
    const listed = async () =>
      PausedResponse.parse(await (await ask('GET', '/internal/v1/phases/paused')).json()).paused
    const id = await register(['e1'])
    await say(true)
    await until(async () => (await listed()).length === 1, soon('the pause to hold'))
    await log.publish([provisioned(id, ['e1']), requested(id)])
    await until(() => book(id)?.runs[0]?.phases[0]?.paused, soon('the run to be held'))
    expect(on(TOPICS.spellcheckCommand)).toEqual([])
    await say(false)
    await until(() => on(TOPICS.spellcheckCommand).length > 0, soon('the run to go on'))
    expect(await listed()).toEqual([])
  }, 90_000)

  test('two members share the work, and one that stops loses nothing', async () => {
    const { log, register, on, keyOf, members } = await start(2)
    const [first] = members
    const ids = await Promise.all(Array.from({ length: 12 }, () => register(['e1'])))
    await log.publish(ids.map((id) => provisioned(id, ['e1'])))
    await log.publish(ids.slice(0, 6).map((id) => requested(id)))
    await first?.stop()
    await log.publish(ids.slice(6).map((id) => requested(id)))
    await until(() => new Set(on(TOPICS.spellcheckCommand).map(keyOf)).size === 12, soon('all 12 commands'))
  }, 90_000)

  test('a marker that another member has moved on is not taken for a lost store', async () => {
    const { markers, forgotten, markerWrites, register } = await start()
    const field = `${RUNS_GROUP}|${TOPICS.validationErrors}|1`
    const marker = async () => (await markers.read([17]))[0]?.get(field)
    await until(async () => (await marker()) !== undefined, soon('the marker of an idle partition'))
    const expected = (await marker()) ?? 0
    await markers.advance([{ bucket: 17, moves: [{ field, expected, next: expected + 1 }] }])
    const before = markerWrites()
    await until(() => markerWrites() >= before + 3, soon('the markers to be looked at again'))
    expect([await marker(), forgotten]).toEqual([expected + 1, []])
    await register(['e1'])
  }, 90_000)

  test('it starts while its store is away, says so, and its readiness follows the consumer', async () => {
    const { one, markers } = await start()
    await until(() => one.ready(), soon('the consumer to join'))
    expect(one.logger.lines).toContainEqual(
      expect.objectContaining({ level: 'warn', fields: { warning: 'it cannot be reached: the store is away' } }),
    )
    const field = `${RUNS_GROUP}|${TOPICS.validationErrors}|1`
    await until(async () => (await markers.read([17]))[0]?.has(field), soon('the marker of an idle partition'))
    await one.stop()
    expect((await one.app.request('/readyz')).status).toBe(503)
    expect(await (await one.app.request('/metrics')).text()).toContain('baton_requests_total')
  }, 90_000)
}

describe('the orchestrator on the embedded engines', () => {
  orchestratorContract(async () => {
    const { store: facts, markers } = embeddedStore()
    const db = new Database(':memory:', { strict: true })
    const runs = createEmbeddedRunStore(db)
    const log = createEmbeddedLog({ path: ':memory:', logger: silent })
    await log.ensureTopics(SPECS)
    const lose = async () => {
      db.run('DELETE FROM pauses')
      await until(() => db.query('SELECT 1 FROM pauses').get(), { timeoutMs: 5_000, what: 'the pauses to be put back' })
    }
    return { facts, markers, runs, log, lose, close: () => log.close() }
  })
})

describeEngines('the orchestrator on Kafka and Redis', ({ brokers, redisUrl }) => {
  // Topics are made once for all tests of this file: a broker takes its time for 80 of them. Each test goes on behind the last.
  const redis = redisForTests(redisUrl)
  const prefix = uniquePrefix()
  const log = createKafkaLog({ brokers, clientId: 'test', logger: silent, prefix, replicationFactor: 1 })
  beforeAll(() => log.ensureTopics(SPECS), 60_000)
  afterAll(async () => {
    await log.close()
    await redis.close()
  })
  /** All in one command, as a FLUSHALL would. */
  const lose = async () => {
    const admin = new Admin(redisUrl)
    await admin.send('UNLINK', await Array.fromAsync(redis.scan(`${prefix}*:runs:*`)))
    admin.close()
  }
  orchestratorContract(async () => ({
    log,
    lose,
    facts: createRedisBatchStore({ redis, prefix, group: FACTS_GROUP }),
    runs: createRedisRunStore({ redis, prefix }),
    markers: createRedisMarkers({ redis, prefix }),
    close: async () => {},
  }))
})
