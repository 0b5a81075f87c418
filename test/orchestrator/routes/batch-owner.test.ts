import { expect, test } from 'bun:test'
import { batchId } from '../../../shared/ids.ts'
import { orchestrator, register, request } from '../support.ts'

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
  })
})

test.each(['never-heard-of', 'only-asked-for'])('%s has no owner', async (id) => {
  const { get, store } = orchestrator()
  await store.request(batchId('only-asked-for'), request())
  const response = await get(`/internal/v1/batches/${id}/owner`)
  expect(response.status).toBe(404)
  expect(await response.json()).toMatchObject({ code: 'RESOURCE_NOT_FOUND', reason: 'unknown_batch' })
})
