import { expect, test } from 'bun:test'
import { TOPICS } from '../../../shared/contracts/topics.ts'
import { batchId } from '../../../shared/ids.ts'
import { json, orchestrator, outcome, phase, readyToPlan, register, request, start } from '../support.ts'

const ID = batchId('b-1')
const CANCEL = '/internal/v1/batches/b-1/cancel'

const running = async () => {
  const at = orchestrator()
  await readyToPlan(at.store, ID)
  await at.store.start(ID, start({ phases: [phase(), phase({ phase: 'nlp', depends_on: ['spellcheck'] })] }))
  return at
}

test('the active run ends as cancelled, and everybody hears of it', async () => {
  const { post, log, store } = await running()
  const response = await post(CANCEL, { user_id: 'ada' })
  expect(response.status).toBe(200)
  expect(await response.json()).toMatchObject({ batch_id: 'b-1', status: 'cancelled', run_id: 'run-1' })
  expect((await store.read(ID))?.book.runs).toMatchObject([
    { status: 'cancelled', phases: [{ status: 'cancelled', deadline_at: null }, { status: 'cancelled' }] },
  ])
  const [end] = log.published.filter(({ topic }) => topic === TOPICS.pipelineCompleted).map(json)
  expect(end.data).toMatchObject({ final_status: 'cancelled', completed_phases: [] })
  expect(log.topics()).not.toContain(TOPICS.spellcheckCommand)
})

test('late results of it are facts only, and a new request can be made', async () => {
  const { post, store } = await running()
  await post(CANCEL, { user_id: 'ada' })
  expect((await store.outcome(ID, outcome())).reply).toBe('stale')
  expect((await store.request(ID, request({ request_id: 'another' }))).reply).toBe('plan')
})

test('a repeat of the call changes nothing, and does not cancel what came after it', async () => {
  const { post, store } = await running()
  const call = { user_id: 'ada', request_id: 'click-1' }
  expect((await post(CANCEL, call)).status).toBe(200)
  await store.request(ID, request({ request_id: 'another' }))
  await store.start(ID, start({ request_id: 'another', run_id: 'run-2' }))
  expect((await post(CANCEL, call)).status).toBe(200)
  expect((await store.read(ID))?.book.runs.at(-1)).toMatchObject({ run_id: 'run-2', status: 'processing' })
  expect((await post(CANCEL, { ...call, request_id: 'click-2' })).status).toBe(200)
})

test('only the run that is named is cancelled', async () => {
  const { post } = await running()
  const response = await post(CANCEL, { user_id: 'ada', run_id: 'run-0' })
  expect(response.status).toBe(409)
  expect(await response.json()).toMatchObject({ code: 'CONFLICT', reason: 'nothing_active' })
})

test('a request that waits for content is refused with that, visibly', async () => {
  const { post, store } = orchestrator()
  await store.register(ID, register())
  await store.request(ID, request())
  expect(await (await post(CANCEL, { user_id: 'ada' })).json()).toMatchObject({ run_id: null })
  expect((await store.read(ID))?.book.requests).toMatchObject([{ verdict: 'refused', reason: 'cancelled' }])
})

test('while the log is away it answers 503, and a repeat says what was left unsaid', async () => {
  const { post, log } = await running()
  log.failures.next = 1
  const call = { user_id: 'ada', request_id: 'click-1' }
  expect((await post(CANCEL, call)).status).toBe(503)
  expect((await post(CANCEL, call)).status).toBe(200)
  expect(log.topics()).toContain(TOPICS.pipelineCompleted)
})

test.each([
  ['nothing to cancel', 'b-2', 'ada', 409, 'nothing_active'],
  ['no such batch', 'b-9', 'ada', 404, 'unknown_batch'],
  ['somebody else’s', 'b-2', 'eve', 403, 'not_owner'],
])('%s', async (_, id, user_id, status, reason) => {
  const { post, store } = orchestrator()
  await store.register(batchId('b-2'), register())
  const response = await post(`/internal/v1/batches/${id}/cancel`, { user_id })
  expect(response.status).toBe(status)
  expect(await response.json()).toMatchObject({ reason })
})
