import { expect, test } from 'bun:test'
import { batchId } from '../../../shared/ids.ts'
import { CORRELATION, content, orchestrator, outcome, register, registration, request, start } from '../support.ts'

test('whose batch it is is known from its registration on', async () => {
  const { get, store } = orchestrator()
  await store.register(batchId('b/1'), register())
  const response = await get('/internal/v1/batches/b%2F1/owner')
  expect(response.status).toBe(200)
  expect(await response.json()).toEqual({
    batch_id: 'b/1',
    user_id: 'ada',
    org_id: 'school-1',
    content: 'pending',
    expected_essay_count: 2,
    course_code: 'ENG6',
    registered_at: '2026-11-24T05:03:32.641000Z',
    has_prompt: false,
    active: null,
    positions: [],
  })
})

test.each(['never-heard-of', 'only-asked-for'])('%s has no owner', async (id) => {
  const { get, store } = orchestrator()
  await store.request(batchId('only-asked-for'), request())
  const response = await get(`/internal/v1/batches/${id}/owner`)
  expect(response.status).toBe(404)
  expect(await response.json()).toMatchObject({ code: 'RESOURCE_NOT_FOUND', reason: 'unknown_batch' })
})

test('whether a request would have a prompt is told, whatever gave it', async () => {
  const { get, store } = orchestrator()
  const ids = ['registered-with-one', 'asked-with-one', 'set-since', 'none'].map(batchId)
  const [registered, asked, set, none] = ids
  if (!registered || !asked || !set || !none) throw new Error('four ids')
  await store.register(registered, register({ registration: registration({ assignment_id: 'a-1' }) }))
  for (const id of [asked, set, none]) await store.register(id, register())
  await store.request(asked, request({ assignment_id: 'a-2' }))
  const reference = JSON.stringify({ references: { student_prompt_text: { storage_id: 's-1', path: '' } } })
  await store.prompt(set, { correlation_id: CORRELATION, prompt_ref: reference })
  const told = await Promise.all(ids.map(async (id) => (await get(`/internal/v1/batches/${id}/owner`)).json()))
  expect(told).toMatchObject([{ has_prompt: true }, { has_prompt: true }, { has_prompt: true }, { has_prompt: false }])
})

test('what waits or runs now is told, and where in the log the events are that are known', async () => {
  const { get, store } = orchestrator()
  const id = batchId('b')
  const told = async () => (await get(`/internal/v1/batches/${id}/owner`)).json()
  await store.register(id, register())
  await store.request(id, request({ requested_pipeline: 'nlp' }))
  const waiting = { run_id: null, correlation_id: CORRELATION, requested_pipeline: 'nlp' }
  expect(await told()).toMatchObject({ active: { ...waiting, status: 'waiting_for_content' }, positions: [] })
  await store.content(id, content({ position: { place: 'huleedu.batch|content|2', offset: 7 } }))
  const at = { topic: 'huleedu.batch|content', partition: 2, offset: 7 }
  expect(await told()).toMatchObject({ active: { ...waiting, status: 'planning' }, positions: [at] })
  await store.start(id, start({ run_id: 'r-1' }))
  expect(await told()).toMatchObject({ active: { ...waiting, run_id: 'r-1', status: 'processing' } })
  await store.outcome(id, outcome({ at: Date.now() + 60_000 }))
  expect(await told()).toMatchObject({ active: null })
})
