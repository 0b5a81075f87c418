import { describe, expect, test } from 'bun:test'
import { PassingError } from '../../shared/errors.ts'
import { conductor, KEY } from './support.ts'

const ROUTES = [
  ['GET', '/internal/v1/pipelines'],
  ['GET', '/internal/v1/batches/b/status'],
  ['GET', '/internal/v1/batches/b/essays?plan=0:'],
  ['POST', '/internal/v1/pipelines/define'],
  ['GET', '/internal/v1/dead-letters'],
  ['GET', '/internal/v1/dead-letters/groups'],
  ['GET', '/internal/v1/dead-letters/4848e3a5-d5b1-4c67-972f-7fd205078a55'],
  ['POST', '/internal/v1/dead-letters/redrive'],
  ['POST', '/internal/v1/dead-letters/4848e3a5-d5b1-4c67-972f-7fd205078a55/park'],
] as const

describe('internal routes', () => {
  test.each(ROUTES)('%s %s needs an internal key and the name of who asks', async (method, path) => {
    const { app } = conductor()
    for (const headers of [
      {},
      { 'x-internal-api-key': KEY },
      { 'x-internal-api-key': 'wrong', 'x-service-id': 'test' },
    ]) {
      const response = await app.request(path, { method, headers })
      expect(response.status).toBe(401)
      expect(await response.json()).toMatchObject({ code: 'AUTHENTICATION_ERROR' })
    }
  })

  test('a store that is away is a 503 that tells nothing of it', async () => {
    const { get } = conductor({
      store: { read: async () => Promise.reject(new PassingError('redis', 'ECONNREFUSED 10.0.0.7')) },
    })
    const response = await get('/internal/v1/batches/b/status')
    expect(response.status).toBe(503)
    expect(await response.text()).not.toContain('10.0.0.7')
  })

  test('the pipelines that are loaded are listed with their phases in order', async () => {
    const body = await (await conductor().get('/internal/v1/pipelines')).json()
    expect(body).toMatchObject({
      pipelines: expect.arrayContaining([
        expect.objectContaining({ name: 'ai_feedback', execution: 'sequential' }),
        expect.objectContaining({ name: 'comprehensive', execution: 'parallel' }),
      ]),
    })
  })

  test('health needs no key', async () => {
    const { app } = conductor()
    expect((await app.request('/healthz')).status).toBe(200)
    expect((await app.request('/readyz')).status).toBe(200)
  })

  test('every JSON body is required: an empty one never reaches a handler', async () => {
    const { app } = conductor()
    const bodies = app.openAPIRegistry.definitions.flatMap((each) =>
      each.type === 'route' ? [each.route.request?.body] : [],
    )
    expect(bodies.filter((body) => body !== undefined && body.required !== true)).toEqual([])
    expect(bodies.some((body) => body?.required)).toBe(true)
  })
})
