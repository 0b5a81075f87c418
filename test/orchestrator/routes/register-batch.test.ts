import { expect, test } from 'bun:test'
import { TOPICS } from '../../../shared/contracts/topics.ts'
import { batchId } from '../../../shared/ids.ts'
import { answerOf, json, orchestrator } from '../support.ts'

const body = (over: object = {}) => ({
  expected_essay_count: 2,
  course_code: 'ENG5',
  user_id: 'ada',
  org_id: 'school-1',
  ...over,
})

test('a batch is registered: 202 once the log has it, with ids that are made where none are given', async () => {
  const { post, log } = orchestrator()
  const response = await post('/v1/batches/register', body(), {
    'x-correlation-id': '4848e3a5-d5b1-4c67-972f-7fd205078a55',
  })
  expect(response.status).toBe(202)
  const answer = await answerOf(response)
  expect(answer).toEqual({
    batch_id: expect.any(String),
    correlation_id: '4848e3a5-d5b1-4c67-972f-7fd205078a55',
    status: 'registered',
  })
  const [event] = log.published.filter(({ topic }) => topic === TOPICS.essaysRegistered).map(json)
  expect(event).toMatchObject({ correlation_id: answer['correlation_id'], data: { entity_id: answer.batch_id } })
  expect(new Set(event.data.essay_ids).size).toBe(2)
})

test('given essay ids are kept, and a class makes the batch REGULAR', async () => {
  const { post, store } = orchestrator()
  const response = await post('/v1/batches/register', body({ essay_ids: ['anna', 'bo'], class_id: 'class-1' }))
  const { batch_id = '' } = await answerOf(response)
  const book = (await store.read(batchId(batch_id)))?.book
  expect(book).toMatchObject({ is_regular: true, user_id: 'ada', org_id: 'school-1', content: 'pending' })
  expect(JSON.parse(book?.registration ?? '')).toMatchObject({ essay_ids: ['anna', 'bo'], class_id: 'class-1' })
})

test('a batch that is too large is refused with a pointer', async () => {
  const { post, log } = orchestrator({ maxBatchEssays: 10 })
  const response = await post('/v1/batches/register', body({ expected_essay_count: 11 }))
  expect(response.status).toBe(422)
  expect(await response.json()).toMatchObject({
    code: 'VALIDATION_ERROR',
    reason: 'batch_too_large',
    errors: [{ pointer: '/expected_essay_count', detail: 'a batch may have 10 essays' }],
  })
  expect(log.published).toEqual([])
})

test.each([
  ['an essay id that stands twice', { essay_ids: ['anna', 'anna'] }, '/essay_ids/1'],
  ['a wrong number of essay ids', { essay_ids: ['anna'] }, '/essay_ids'],
  ['no user', { user_id: undefined }, '/user_id'],
])('%s is refused with a pointer', async (_, over, pointer) => {
  const response = await orchestrator().post('/v1/batches/register', body(over))
  expect(response.status).toBe(422)
  expect((await answerOf(response)).errors).toMatchObject([{ pointer }])
})

test('the same Idempotency-Key of the same user registers one batch, also after a failure', async () => {
  const { post, log } = orchestrator()
  const headers = { 'idempotency-key': 'upload-7' }
  log.failures.next = 1
  expect((await post('/v1/batches/register', body(), headers)).status).toBe(503)
  const answers = await Promise.all([1, 2, 3].map(() => post('/v1/batches/register', body(), headers)))
  const ids = await Promise.all(answers.map(async (answer) => (await answerOf(answer)).batch_id))
  expect(new Set(ids).size).toBe(1)
  const events = log.published.filter(({ topic }) => topic === TOPICS.essaysRegistered).map((one) => json(one).event_id)
  expect(new Set(events).size).toBe(1)
  const other = await post('/v1/batches/register', body({ user_id: 'bo' }), headers)
  expect(ids).not.toContain((await answerOf(other)).batch_id)
})

test('an Idempotency-Key that comes with other contents is refused', async () => {
  const { post } = orchestrator()
  const headers = { 'idempotency-key': 'upload-7' }
  await post('/v1/batches/register', body(), headers)
  const response = await post('/v1/batches/register', body({ expected_essay_count: 3 }), headers)
  expect(response.status).toBe(409)
  expect(await response.json()).toMatchObject({ code: 'CONFLICT', reason: 'idempotency_key_reused' })
})

test('while the log is away the answer is 503, and the batch is not lost', async () => {
  const { post, log, store, clock } = orchestrator()
  log.failures.next = 1
  const response = await post('/v1/batches/register', body())
  expect(response.status).toBe(503)
  expect(await response.json()).toMatchObject({ code: 'KAFKA_PUBLISH_ERROR', outcome: 'unknown' })
  clock.now += 3_000_000
  const due = await Promise.all(Array.from({ length: 256 }, (_, bucket) => store.due(bucket, 'me', 1_000, 10)))
  expect(due.flatMap(({ timers }) => timers)).toMatchObject([{ kind: 'outbox' }])
})
