import { describe, expect, test } from 'bun:test'
import { createRoute, z } from '@hono/zod-openapi'
import { deprecation, deprecations } from '../../gateway/deprecation.ts'
import { versioningPage } from '../../gateway/docs/versioning.ts'
import { access } from '../../gateway/sign-in/access.ts'
import { gateway, NO_LIMITS } from './support.ts'

const NOTICE = {
  since: '2027-01-01',
  sunset: '2027-07-01',
  link: '/docs/versioning',
  successor: '/v2/essays/{essay_id}',
}

/** The gateway with one route more, which will go. */
const withOldRoute = () => {
  const one = gateway()
  const route = createRoute({
    method: 'get',
    path: '/v1/old/{essay_id}',
    ...access('batches:read', 'teacher'),
    ...deprecation(NOTICE),
    request: { params: z.object({ essay_id: z.string().max(5) }) },
    responses: { 200: { description: 'An essay' } },
  })
  one.app.openapi(route, (c) => c.body(null, 200))
  return one
}

describe('a route that declares its end', () => {
  test('every answer of a route that will go says since when, until when and what instead, refusals too', async () => {
    const { call, app } = withOldRoute()
    const answers = [
      await call('GET', '/v1/old/e-1'),
      await call('GET', '/v1/old/too-long'),
      await app.request('/v1/old/e-1'),
    ]
    expect(answers.map(({ status }) => status)).toEqual([200, 422, 401])
    for (const [n, { headers }] of answers.entries()) {
      expect(headers.get('deprecation')).toBe('@1798761600')
      expect(headers.get('sunset')).toBe('Thu, 01 Jul 2027 00:00:00 GMT')
      expect(headers.get('link')).toBe(
        '</docs/versioning>; rel="deprecation"; type="text/html", ' +
          `</v2/essays/${n === 1 ? 'too-long' : 'e-1'}>; rel="successor-version"`,
      )
    }
  })

  test('other routes say nothing of an end', async () => {
    const { headers } = await withOldRoute().call('GET', '/v1/batches/b-1/status')
    for (const name of ['deprecation', 'sunset', 'link']) expect(headers.get(name)).toBeNull()
  })

  test('is marked in the document, and pages of other origins can read the headers', async () => {
    const { call } = withOldRoute()
    const document = await (await call('GET', '/openapi.json')).json()
    expect(document).toMatchObject({
      paths: { '/v1/old/{essay_id}': { get: { deprecated: true, 'x-deprecation': NOTICE } } },
    })
    const { headers } = await call('GET', '/v1/old/e-1', undefined, { origin: 'http://localhost:5173' })
    for (const name of ['Deprecation', 'Sunset', 'Link'])
      expect(headers.get('access-control-expose-headers')?.split(',')).toContain(name)
  })

  test('stands on the page of versions, which says so when there is none', async () => {
    const { app, call } = withOldRoute()
    const page = await (await call('GET', '/docs/versioning')).text()
    for (const text of ['GET /v1/old/{essay_id}', '2027-01-01', '2027-07-01', '/v2/essays/{essay_id}'])
      expect(page).toContain(text)
    expect([...deprecations(app).keys()]).toEqual(['GET /v1/old/{essay_id}'])
    expect(String(await versioningPage(new Map()))).toContain('no route is deprecated now')
  })

  test('gives clients six months at least', () => {
    expect(() => deprecation({ ...NOTICE, sunset: '2027-05-01' })).toThrow(RangeError)
  })
})

test('every answer under /v1 names the version of the service, also a refusal that no route sees', async () => {
  const { app, call } = gateway({ limiter: { limits: { ...NO_LIMITS, default: { perMinute: 60, burst: 2 } } } })
  const tooLarge = () => app.request('/v1/batches/register', { method: 'POST', body: 'x'.repeat(60_000) })
  const inPieces = () =>
    app.request('/v1/batches/register', { method: 'POST', body: new Blob(['x'.repeat(60_000)]).stream() })
  const answers = [await call('GET', '/v1/pipelines'), await inPieces(), await tooLarge(), await tooLarge()]
  expect(answers.map(({ status, headers }) => [status, headers.get('api-version')])).toEqual([
    [200, '0'],
    [413, '0'],
    [413, '0'],
    [429, '0'],
  ])
  expect((await app.request('/healthz')).headers.get('api-version')).toBeNull()
})
