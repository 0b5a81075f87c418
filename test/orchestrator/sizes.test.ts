import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { randomUUID } from 'node:crypto'
import type { ConductorClient } from '../../orchestrator/conductor-client.ts'
import { TOPICS } from '../../shared/contracts/topics.ts'
import { batchId } from '../../shared/ids.ts'
import { createEmbeddedLog } from '../../shared/log/embedded/log.ts'
import { createKafkaLog } from '../../shared/log/kafka/log.ts'
import type { EventLog } from '../../shared/log/port.ts'
import { topicSpecs } from '../../shared/log/topic-specs.ts'
import { describeKafka, uniquePrefix } from '../support/engines.ts'
import { silent } from '../support/silent.ts'
import { answerOf, conductorWith, content, json, messageText, orchestrator, outcome, request } from './support.ts'

const ESSAYS = 5_000
/** As long as a client may make them, and none twice. */
const longIds = (count: number, letter = 'x') => Array.from({ length: count }, (_, n) => `${n}-`.padEnd(255, letter))

const SPECS = topicSpecs({
  topics: [
    TOPICS.essaysRegistered,
    TOPICS.runChanged,
    TOPICS.spellcheckCommand,
    TOPICS.nlpCommand,
    TOPICS.cjCommand,
    TOPICS.pipelineCompleted,
    TOPICS.pipelineDenied,
    TOPICS.teacherNotification,
    TOPICS.studentMatchingCommand,
  ],
  partitions: 1,
  stateExpiryMs: 86_400_000,
  maxBatchEssays: ESSAYS,
})

const PHASES = ['spellcheck', 'nlp', 'cj_assessment'] as const

/** A conductor that plans these phases for all essays, each with a text as the file service names them. */
const conductorFor = (
  essays: readonly string[],
  execution: 'sequential' | 'parallel',
  text: () => string = () => randomUUID(),
): ConductorClient => {
  const { client } = conductorWith({ phases: PHASES.map((phase) => ({ phase, essays })) }, text)
  return {
    ...client,
    async define(call) {
      return { ...(await client.define(call)), execution }
    },
  }
}

const registration = (essays: readonly string[]) => ({
  expected_essay_count: essays.length,
  essay_ids: essays,
  course_code: 'ENG5',
  user_id: 'ada',
})

const worldOn = (log: EventLog, conductor: ConductorClient) => orchestrator({ maxBatchEssays: ESSAYS, conductor, log })
type World = ReturnType<typeof worldOn>

const registered = async ({ post }: World, body: object) => {
  const response = await post('/v1/batches/register', body)
  expect(response.status).toBe(202)
  return batchId((await answerOf(response)).batch_id ?? '')
}

const refusals = (log: EventLog) => {
  test('ids that would not fit a message are refused at once, with the limit', async () => {
    // Each quote is four bytes in the book, where the registration stands as text within JSON.
    const essays = longIds(3_500, '"')
    const { post, log: said, store } = worldOn(log, conductorFor(essays, 'sequential'))
    const response = await post('/v1/batches/register', registration(essays))
    expect(response.status).toBe(422)
    expect(await response.json()).toMatchObject({
      code: 'VALIDATION_ERROR',
      reason: 'batch_too_large',
      errors: [{ pointer: '/essay_ids', detail: expect.stringMatching(/3000000 bytes/) }],
    })
    expect(said.published).toEqual([])
    const due = await Promise.all(Array.from({ length: 256 }, (_, bucket) => store.timers(bucket, 10)))
    expect(due.flat()).toEqual([])
  })

  test('a plan whose texts would not fit a message is refused, visibly', async () => {
    const essays = longIds(ESSAYS)
    const world = worldOn(
      log,
      conductorFor(essays, 'sequential', () => 'x'.repeat(400)),
    )
    const { store, settle, log: said } = world
    const id = await registered(world, registration(essays))
    await settle(id, await store.content(id, content({ kind: 'ready' })))
    await settle(
      id,
      await store.request(id, request({ requested_pipeline: 'comprehensive', message: messageText({ batch_id: id }) })),
    )
    const found = await store.read(id)
    expect(found?.book).toMatchObject({ runs: [], requests: [{ verdict: 'refused', reason: 'batch_too_large' }] })
    expect(found?.entries).toEqual([])
    expect(said.topics()).toContain(TOPICS.pipelineDenied)
  })

  test('a run whose texts grow until they no longer fit a message ends as failed, and says why', async () => {
    const essays = longIds(ESSAYS)
    const world = worldOn(log, conductorFor(essays, 'sequential'))
    const { store, settle, log: said } = world
    const id = await registered(world, registration(essays))
    await settle(id, await store.content(id, content({ kind: 'ready' })))
    await settle(
      id,
      await store.request(id, request({ requested_pipeline: 'comprehensive', message: messageText({ batch_id: id }) })),
    )
    const grown = essays.map((essay) => [essay, `${randomUUID()}${'x'.repeat(500)}`] as const)
    await settle(id, await store.outcome(id, outcome({ processed: grown })))
    const found = await store.read(id)
    const [run] = found?.book.runs ?? []
    expect(run).toMatchObject({ status: 'failed' })
    expect(run?.phases.map(({ status, error }) => [status, error])).toEqual([
      ['completed_successfully', null],
      ['failed', 'too_large'],
      ['failed', 'too_large'],
    ])
    expect(found?.entries).toEqual([])
    expect(world.counted).toEqual(['accepted', 'commanded spellcheck', 'ended failed'])
    expect(said.published.filter(({ topic }) => topic === TOPICS.pipelineCompleted).map(json)).toMatchObject([
      { data: { final_status: 'completed_with_failures' } },
    ])
  }, 30_000)

  test('a request that is too long to be kept is refused, visibly, and its prompt is not kept', async () => {
    const world = worldOn(log, conductorFor(['e1'], 'sequential'))
    const { store, settle, log: said } = world
    const id = await registered(world, registration(['e1']))
    const cms_prompt_ref = { references: { student_prompt_text: { storage_id: 'x'.repeat(100_000), path: '' } } }
    const message = messageText({ batch_id: id, prompt_payload: { assignment_id: null, cms_prompt_ref } })
    const prompt_ref = JSON.stringify(cms_prompt_ref)
    await settle(id, await store.request(id, request({ message, prompt_ref, assignment_id: null })))
    const { book, entries } = (await store.read(id)) ?? {}
    expect(book).toMatchObject({ requests: [{ verdict: 'refused', reason: 'request_too_large' }], prompt_ref: null })
    expect(entries).toEqual([])
    expect(said.topics()).toContain(TOPICS.pipelineDenied)
  })
}

const fits = (log: EventLog) => {
  test('a batch of the most essays with the longest ids is registered, commanded in parallel and ended', async () => {
    const essays = longIds(ESSAYS)
    const world = worldOn(log, conductorFor(essays, 'parallel'))
    const { store, settle, log: said } = world
    const id = await registered(world, { ...registration(essays), class_id: 'class-1' })
    const texts = essays.map((essay) => [essay, randomUUID()] as const)
    await settle(id, await store.content(id, content({ kind: 'provisioned', essays: texts })))
    await settle(id, await store.content(id, content({ kind: 'ready' })))
    await settle(
      id,
      await store.request(id, request({ requested_pipeline: 'comprehensive', message: messageText({ batch_id: id }) })),
    )
    for (const phase of PHASES)
      await settle(id, await store.outcome(id, outcome({ phase, cause: randomUUID(), processed: texts })))
    const found = await store.read(id)
    expect(found?.book.runs.map(({ status }) => status)).toEqual(['completed_successfully'])
    expect(found?.entries).toEqual([])
    expect(new Set(said.topics())).toContain(TOPICS.cjCommand)
  }, 60_000)

  test('a retry of nearly all essays fits too', async () => {
    const essays = longIds(ESSAYS)
    const world = worldOn(log, conductorWith({ phases: [{ phase: 'spellcheck', essays }] }, () => randomUUID()).client)
    const { store, settle, post } = world
    const id = await registered(world, registration(essays))
    await settle(id, await store.content(id, content({ kind: 'ready' })))
    const body = { user_id: 'ada', reason: 'again', phase: 'spellcheck', essay_ids: essays.slice(1) }
    const response = await post(`/internal/v1/batches/${id}/retry`, body)
    expect(response.status).toBe(202)
    const found = await store.read(id)
    expect(found?.book.runs[0]?.phases[0]?.essay_ids).toEqual(essays.slice(1))
    expect(found?.entries).toEqual([])
  })
}

describe('sizes on the embedded log', () => {
  const log = createEmbeddedLog({ path: ':memory:', logger: silent })
  beforeAll(() => log.ensureTopics(SPECS))
  afterAll(() => log.close())
  refusals(log)
})

describeKafka('sizes on Kafka', (brokers) => {
  const log = createKafkaLog({
    brokers,
    clientId: 'test',
    logger: silent,
    prefix: uniquePrefix(),
    replicationFactor: 1,
  })
  beforeAll(() => log.ensureTopics(SPECS), 60_000)
  afterAll(() => log.close())
  refusals(log)
  fits(log)
})
