import { describe, expect, test } from 'bun:test'
import { PassingError } from '../../shared/errors.ts'
import { conductor, KEY } from './support.ts'

const CORRELATION = '4848e3a5-d5b1-4c67-972f-7fd205078a55'

/** A body that each route with one takes. */
const BODIES: Readonly<Record<string, object>> = {
  '/internal/v1/pipelines/define': { batch_id: 'b', requested_pipeline: 'nlp', correlation_id: CORRELATION },
  '/internal/v1/phases/complete': { batch_id: 'b', phase_name: 'nlp' },
  '/internal/v1/batches/newer': { batches: [{ batch_id: 'b', revision: 0 }] },
  '/internal/v1/dead-letters/redrive': { filter: {}, dry_run: false },
}

/** Every route that the app has, with a path and a body that it takes. */
const ROUTES = conductor()
  .app.openAPIRegistry.definitions.flatMap((each) => (each.type === 'route' ? [each.route] : []))
  .map(({ method, path, request }) => {
    const filled = path.replace('{batch_id}', 'b').replace('{letter_id}', CORRELATION)
    const query = path.endsWith('/essays') ? '?plan=0:nlp' : path === '/internal/v1/batches' ? '?user_id=ada' : ''
    return {
      name: `${method.toUpperCase()} ${path}`,
      method,
      path: filled + query,
      hasBody: request?.body !== undefined,
    }
  })

const call = (app: ReturnType<typeof conductor>['app'], route: (typeof ROUTES)[number], headers: object) =>
  app.request(route.path, {
    method: route.method.toUpperCase(),
    headers: { 'content-type': 'application/json', ...headers },
    ...(route.hasBody ? { body: JSON.stringify(BODIES[route.path]) } : {}),
  })

describe.each(ROUTES.map((route) => [route.name, route] as const))('%s', (_, route) => {
  test('needs an internal key and the name of who asks', async () => {
    const { app } = conductor()
    for (const headers of [
      {},
      { 'x-internal-api-key': KEY },
      { 'x-service-id': 'test' },
      { 'x-internal-api-key': 'wrong', 'x-service-id': 'test' },
    ]) {
      const response = await call(app, route, headers)
      expect(response.status).toBe(401)
      expect(await response.json()).toMatchObject({ code: 'AUTHENTICATION_ERROR' })
    }
  })

  test('takes either key of a rotation', async () => {
    const { app } = conductor({ internalKeys: [KEY, `${KEY}-next`] })
    for (const key of [KEY, `${KEY}-next`]) {
      const response = await call(app, route, { 'x-internal-api-key': key, 'x-service-id': 'test' })
      expect([200, 404]).toContain(response.status)
    }
  })

  test.each([
    [503, new PassingError('redis', 'ECONNREFUSED 10.0.0.7')],
    [500, new Error('WRONGTYPE at 10.0.0.7')],
  ])('answers %i without internal text when what it needs fails so', async (status, broken) => {
    const { app } = conductor({ broken })
    const response = await call(app, route, { 'x-internal-api-key': KEY, 'x-service-id': 'test' })
    const text = await response.text()
    expect(text).not.toContain('10.0.0.7')
    // The list of pipelines needs nothing.
    if (route.path === '/internal/v1/pipelines') return expect(response.status).toBe(200)
    expect(response.status).toBe(status)
    expect(response.headers.get('content-type')).toBe('application/problem+json')
  })
})

describe('internal routes', () => {
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
