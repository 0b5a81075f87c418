import { expect, test } from 'bun:test'
import { orchestrator } from './support.ts'

test('without the internal key no route of ours is served', async () => {
  const { app } = orchestrator()
  for (const path of ['/internal/v1/batches/b-1/owner', '/v1/batches/register']) {
    const response = await app.request(path, { method: path.startsWith('/v1') ? 'POST' : 'GET' })
    expect(response.status).toBe(401)
    expect(await response.json()).toMatchObject({ reason: 'missing_internal_key' })
  }
})

test('health is served without a key, an unknown path is a problem', async () => {
  const { app, get } = orchestrator()
  expect((await app.request('/healthz')).status).toBe(200)
  const response = await get('/internal/v1/nothing')
  expect(response.status).toBe(404)
  expect(response.headers.get('content-type')).toContain('application/problem+json')
})
