import { afterEach, describe, expect, test } from 'bun:test'
import { z } from 'zod'
import { ConfigError } from '../../shared/config.ts'
import { dlqOf, TOPICS } from '../../shared/contracts/topics.ts'
import { PublishError } from '../../shared/errors.ts'
import { createEmbeddedLog } from '../../shared/log/embedded/log.ts'
import { createKafkaLog } from '../../shared/log/kafka/log.ts'
import type { EventLog, LogRecord } from '../../shared/log/port.ts'
import { topicSpecs } from '../../shared/log/topic-specs.ts'
import { createMetrics } from '../../shared/telemetry/metrics.ts'
import { createSimulator, type SimulatorDeps } from '../../simulator/service.ts'
import { describeKafka, uniquePrefix } from '../support/engines.ts'
import { silent } from '../support/silent.ts'
import { until } from '../support/until.ts'
import { catalog, command, PHASES, performance, registration, SURROUNDINGS, settings } from './support.ts'

const MEMORY = { path: ':memory:', logger: silent }
const LIMIT = { timeoutMs: 20_000 }
const text = ({ value }: LogRecord) => new TextDecoder().decode(value ?? new Uint8Array())
const idOf = (record: LogRecord): string => JSON.parse(text(record)).event_id

const Stages = z.object({ stages: z.array(z.object({ stage: z.string(), paused: z.boolean() })), late: z.int() })
const stagesOf = async ({ app }: Pick<ReturnType<typeof createSimulator>, 'app'>) =>
  Stages.parse(await (await app.request('/v1/stages')).json())

/** Simulators on a log, and all that must be ended after a test. */
const createStage = (open: () => EventLog) => {
  const undo: (() => Promise<void>)[] = []
  afterEach(async () => {
    for (const step of undo.splice(0).reverse()) await step()
  })

  /** A log with one partition a topic, so that all commands of a phase come in one fetch. */
  const prepare = async () => {
    const log = open()
    undo.push(() => log.close())
    const topics = Object.values(TOPICS)
    await log.ensureTopics(topicSpecs({ topics, partitions: 1, stateExpiryMs: 86_400_000, maxBatchEssays: 100 }))
    const tail = async (topic: string) => {
      const seen: LogRecord[] = []
      const subscription = await log.consume({ group: `test-${topic}`, topics: [topic] }, async (records) => {
        seen.push(...records)
      })
      undo.push(() => subscription.stop())
      return seen
    }
    return { log, tail }
  }
  const start = async (deps: Pick<SimulatorDeps, 'log'> & Partial<SimulatorDeps>) => {
    const metrics = createMetrics('simulator')
    const simulator = createSimulator({
      ...SURROUNDINGS,
      config: settings(),
      catalog,
      logger: silent,
      metrics,
      ...deps,
    })
    await simulator.start()
    undo.push(() => simulator.stop())
    return { ...simulator, metrics }
  }
  return { prepare, start }
}

/** What the simulator does with a log, whichever it is. */
const simulatorContract = (open: () => EventLog): void => {
  const { prepare, start } = createStage(open)

  test('every phase is answered, and content is provided', async () => {
    const { log, tail } = await prepare()
    const simulator = await start({ log })
    const outcomes = await tail(TOPICS.phaseOutcome)
    const provisioned = await tail(TOPICS.contentProvisioned)
    await log.publish([registration('b-1', ['anna']), ...PHASES.map((phase) => command(phase, 'b-1', ['anna']))])
    await until(() => provisioned.length === 1 && outcomes.length === PHASES.length, { ...LIMIT, what: 'the answers' })
    expect(outcomes.map((record) => JSON.parse(text(record)).data.phase_name).sort()).toEqual([...PHASES].sort())
    expect(simulator.ready()).toBe(true)
    expect((await simulator.metrics.exposition()).text).toContain('baton_consumer_lag{group="baton-simulator"')
    await simulator.stop()
    expect(simulator.ready()).toBe(false)
  }, 30_000)

  test('stopped in the middle of its work, whoever starts next says all of it, with the same words', async () => {
    const { log, tail } = await prepare()
    const thin = await tail(TOPICS.spellcheckPhaseCompleted)
    const outcomes = await tail(TOPICS.phaseOutcome)
    const asked = command('spellcheck', 'b-1', ['anna', 'bo', 'cleo'])
    const config = settings({ SIMULATOR_PHASE_MS: '100' })
    const [first] = performance(asked, config).cues()
    await log.publish([asked])
    // The first essay is done, and time stands still.
    const doomed = await start({
      log,
      config,
      clock: () => first?.at ?? 0,
      sleep: (_ms, signal) =>
        new Promise((resolve) => {
          // Its first words may be acknowledged only after it was told to stop.
          if (signal.aborted) resolve()
          else signal.addEventListener('abort', () => resolve(), { once: true })
        }),
    })
    await until(() => thin.length === 1, { ...LIMIT, what: 'the first essay' })
    await doomed.stop()
    expect(outcomes).toEqual([])

    await start({ log, config })
    await until(() => outcomes.length === 1, { ...LIMIT, what: 'the outcome' })
    await until(() => thin.length === 4, { ...LIMIT, what: 'all essays, the first one twice' })
    const [once, again] = thin.map(text)
    expect(again).toBe(once)
    expect(new Set(thin.map(idOf)).size).toBe(3)
  }, 30_000)

  test('a late result holds nothing up: what lies behind it is answered, and it is said when it is due', async () => {
    const { log, tail } = await prepare()
    const outcomes = await tail(TOPICS.phaseOutcome)
    const batches = () => outcomes.map((record) => JSON.parse(text(record)).data.batch_id)
    const hour = Promise.withResolvers<void>()
    const config = settings({ SIMULATOR_LATE_MS: '3600000' })
    const simulator = await start({ log, config, sleep: () => hour.promise })
    const at = Date.now()
    await log.publish([command('nlp', 'late', ['anna-late-nlp'], { at }), command('nlp', 'beside', ['anna'], { at })])
    await until(() => batches().length > 0, { ...LIMIT, what: 'what was fetched beside it' })
    // In a fetch of its own: it would not come while the one before is in hand.
    await log.publish([command('nlp', 'behind', ['anna'], { at })])
    await until(() => batches().length === 2, { ...LIMIT, what: 'what lies behind it' })
    expect(batches()).toEqual(['beside', 'behind'])
    expect(await stagesOf(simulator)).toMatchObject({ late: 1 })
    hour.resolve()
    await until(() => batches().length === 3, { ...LIMIT, what: 'the late one' })
    expect(batches().at(-1)).toBe('late')
    await until(async () => (await stagesOf(simulator)).late === 0, { ...LIMIT, what: 'nothing to be late' })
  }, 30_000)

  test('stopped before a late result is due, whoever starts next says it', async () => {
    const { log, tail } = await prepare()
    const outcomes = await tail(TOPICS.phaseOutcome)
    const batches = () => outcomes.map((record) => JSON.parse(text(record)).data.batch_id)
    const config = settings({ SIMULATOR_LATE_MS: '3600000' })
    const doomed = await start({ log, config })
    const at = Date.now()
    await log.publish([command('nlp', 'late', ['anna-late-nlp'], { at }), command('nlp', 'beside', ['anna'], { at })])
    await until(() => batches().length > 0, { ...LIMIT, what: 'what is not late' })
    await until(async () => (await stagesOf(doomed)).late === 1, { ...LIMIT, what: 'the late one to be waited for' })
    await doomed.stop()
    expect(batches()).toEqual(['beside'])
    await start({ log, config, sleep: async () => {} })
    await until(() => batches().includes('late'), { ...LIMIT, what: 'the late one' })
    // What was not late is said again with the same words, since it lies behind what was not whole.
    expect(new Set(outcomes.map(idOf)).size).toBe(2)
  }, 30_000)

  test('a specialist is paused and resumed while it plays; the others go on', async () => {
    const { log, tail } = await prepare()
    const outcomes = await tail(TOPICS.phaseOutcome)
    const phases = () => outcomes.map((record) => JSON.parse(text(record)).data.phase_name)
    const simulator = await start({ log })
    const call = (path: string) => simulator.app.request(`/v1/stages/${path}`, { method: 'POST' })
    expect((await call('nlp/pause')).status).toBe(200)
    expect((await stagesOf(simulator)).stages).toContainEqual({ stage: 'nlp', paused: true })
    await log.publish([command('nlp', 'b-1', ['anna']), command('spellcheck', 'b-1', ['anna'])])
    await until(() => phases().length === 1, { ...LIMIT, what: 'the specialist that is not paused' })
    expect(phases()).toEqual(['spellcheck'])
    expect((await call('nlp/resume')).status).toBe(200)
    await until(() => phases().length === 2, { ...LIMIT, what: 'the one that was paused' })
    expect((await stagesOf(simulator)).stages.filter(({ paused }) => paused)).toEqual([])
    expect((await call('grammar/pause')).status).toBe(404)
  }, 30_000)

  test('two simulators share the work, and one that stops loses nothing', async () => {
    const { log, tail } = await prepare()
    const outcomes = await tail(TOPICS.phaseOutcome)
    const first = await start({ log })
    await start({ log })
    const ids = Array.from({ length: 20 }, (_, n) => `b-${n}`)
    await log.publish(ids.slice(0, 10).map((id) => command('nlp', id, ['anna'])))
    await first.stop()
    await log.publish(ids.slice(10).map((id) => command('nlp', id, ['anna'])))
    await until(() => new Set(outcomes.map(idOf)).size === 20, { ...LIMIT, what: 'all outcomes' })
  }, 40_000)
}

test('says that it lives, what it can do now, and lets nobody pause without the internal key where there is one', async () => {
  const log = createEmbeddedLog(MEMORY)
  const metrics = createMetrics('simulator')
  const keys = { internalKeys: ['a-key-of-sixteen-characters'] }
  const { app } = createSimulator({
    ...SURROUNDINGS,
    ...keys,
    catalog,
    config: settings(),
    logger: silent,
    metrics,
    log,
  })
  expect((await app.request('/healthz')).status).toBe(200)
  const readiness = await app.request('/readyz')
  expect(readiness.status).toBe(503)
  expect(await readiness.json()).toMatchObject({
    dependencies: { log: { status: 'ready' }, consumer: { status: 'not_ready' } },
  })
  expect(await (await app.request('/metrics')).text()).toContain('# HELP')
  expect((await app.request('/v1/stages/nlp/pause', { method: 'POST' })).status).toBe(401)
  const headers = { 'x-internal-api-key': keys.internalKeys[0] ?? '', 'x-service-id': 'test' }
  expect((await app.request('/v1/stages/nlp/pause', { method: 'POST', headers })).status).toBe(200)
  await log.close()
})

test('a pause of what is not there stops the start, and says what there is', () => {
  const deps = {
    ...SURROUNDINGS,
    catalog,
    logger: silent,
    metrics: createMetrics('simulator'),
    log: createEmbeddedLog(MEMORY),
  }
  const create = () => createSimulator({ ...deps, config: settings({ SIMULATOR_PAUSED: 'nlp,grammar' }) })
  expect(create).toThrow(ConfigError)
  expect(create).toThrow(
    'SIMULATOR_PAUSED: grammar: must be some of content, student_matching, spellcheck, nlp, ai_feedback, cj_assessment',
  )
})

describe('the simulator on the embedded log', () => {
  const open = () => createEmbeddedLog(MEMORY)
  simulatorContract(open)
  const { prepare, start } = createStage(open)

  test('what the log did not take is said again, with the same words', async () => {
    const { log, tail } = await prepare()
    const outcomes = await tail(TOPICS.phaseOutcome)
    const refused: string[] = []
    await start({
      log: {
        ...log,
        publish: async (messages) => {
          if (refused.length > 0) return log.publish(messages)
          refused.push(...messages.map(({ value }) => String(value)))
          throw new PublishError('not_sent', 'the log is away')
        },
      },
    })
    await log.publish([command('ai_feedback', 'b-1', ['anna'])])
    await until(() => outcomes.length === 1, { ...LIMIT, what: 'the outcome' })
    expect(refused).toContain(outcomes.map(text)[0] ?? '')
  }, 30_000)

  test('late words that the log did not take are said again, too', async () => {
    const { log, tail } = await prepare()
    const outcomes = await tail(TOPICS.phaseOutcome)
    let refused = 0
    const isLate = ({ value }: { readonly value: unknown }) => String(value).includes('anna-late-nlp')
    await start({
      config: settings({ SIMULATOR_LATE_MS: '3600000' }),
      sleep: async () => {},
      log: {
        ...log,
        publish: async (messages) => {
          if (!messages.some(isLate) || refused > 0) return log.publish(messages)
          refused += 1
          throw new PublishError('not_sent', 'the log is away')
        },
      },
    })
    await log.publish([command('nlp', 'b-1', ['anna-late-nlp'])])
    await until(() => outcomes.length === 1, { ...LIMIT, what: 'the outcome' })
    expect(refused).toBe(1)
  }, 30_000)

  test('batches of one fetch do not wait for each other', async () => {
    const { log, tail } = await prepare()
    const outcomes = await tail(TOPICS.phaseOutcome)
    await log.publish([
      command('nlp', 'slow', ['anna'], { at: Date.now() + 120_000 }),
      command('nlp', 'quick', ['anna']),
    ])
    await start({ log })
    await until(() => outcomes.length === 1, { ...LIMIT, what: 'the quick one' })
    expect(JSON.parse(outcomes.map(text)[0] ?? '').data.batch_id).toBe('quick')
  }, 30_000)

  test('work for a paused specialist waits in the log, others go on, and nothing is lost', async () => {
    const { log, tail } = await prepare()
    const outcomes = await tail(TOPICS.phaseOutcome)
    const phases = () => outcomes.map((record) => JSON.parse(text(record)).data.phase_name)
    const paused = await start({ log, config: settings({ SIMULATOR_PAUSED: 'content, nlp' }) })
    await log.publish([command('nlp', 'b-1', ['anna']), command('spellcheck', 'b-1', ['anna'])])
    await until(() => phases().length === 1, { ...LIMIT, what: 'the specialist that is not paused' })
    await paused.stop()
    expect(phases()).toEqual(['spellcheck'])
    await start({ log })
    await until(() => phases().length === 2, { ...LIMIT, what: 'the one that was paused' })
  }, 30_000)

  test('a malformed message becomes a dead letter, and those behind it are answered', async () => {
    const { log, tail } = await prepare()
    const letters = await tail(dlqOf(TOPICS.nlpCommand))
    const outcomes = await tail(TOPICS.phaseOutcome)
    await start({ log })
    await log.publish([
      { topic: TOPICS.nlpCommand, key: 'b-1', value: 'not json', headers: {} },
      command('nlp', 'b-1', ['anna']),
    ])
    await until(() => letters.length === 1 && outcomes.length === 1, { ...LIMIT, what: 'letter and outcome' })
    expect(JSON.parse(letters.map(text)[0] ?? '')).toMatchObject({ dlq_reason: 'not_json', service: 'baton-simulator' })
  }, 30_000)
})

describeKafka('the simulator on Kafka', (brokers) => {
  simulatorContract(() =>
    createKafkaLog({ brokers, clientId: 'test', logger: silent, prefix: uniquePrefix(), replicationFactor: 1 }),
  )
})
