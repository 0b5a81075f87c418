import { expect, test } from 'bun:test'
import { createRoute, z } from '@hono/zod-openapi'
import { createApp } from '../../../shared/http/app.ts'
import { problemResponse, wrongValues } from '../../../shared/http/problem.ts'
import { appDeps } from '../../support/app.ts'

const Problem = z.object({
  detail: z.string(),
  errors: z.array(z.object({ pointer: z.string(), detail: z.string() })),
})
const read = async (answer: Response) => {
  const text = await answer.text()
  return { bytes: text.length, ...Problem.parse(JSON.parse(text)) }
}
const entries = (count: number) => Array.from({ length: count }, (_, n) => ({ pointer: `/ids/${n}`, detail: 'wrong' }))
const respond = (count: number) => read(problemResponse(wrongValues(entries(count)).problem, 'c'))

test('of many wrong values the first 100 are listed, and a last word says how many more there are', async () => {
  const { detail, errors } = await respond(250)
  expect(errors).toEqual(entries(100))
  expect(detail).toBe('250 values are wrong or missing: see errors. The first 100 are listed, and 150 more are not.')
})

test('as many as can be listed are listed without that word', async () => {
  const { detail, errors } = await respond(100)
  expect([errors.length, detail]).toEqual([100, '100 values are wrong or missing: see errors.'])
})

test('an entry is cut short, whatever a client put into it', async () => {
  const long = 'x'.repeat(10_000)
  const { errors } = await read(problemResponse(wrongValues([{ pointer: `/${long}`, detail: long }]).problem, 'c'))
  expect(errors).toEqual([{ pointer: `/${'x'.repeat(198)}…`, detail: `${'x'.repeat(199)}…` }])
})

test.each([
  ['values', { ids: Array.from({ length: 2_000 }, () => 1) }, 2_000],
  ['unknown fields', { ids: [], ...Object.fromEntries(Array.from({ length: 2_000 }, (_, n) => [`k${n}`, 1])) }, 2_000],
  ['unknown fields in many places', { ids: [], all: Array.from({ length: 200 }, () => ({ a: 1, b: 2 })) }, 400],
])('a body with many wrong %s gets a small answer that counts them all', async (_, body, count) => {
  const app = createApp(appDeps({ maxBodyBytes: 100_000 }))
  const schema = z.strictObject({ ids: z.array(z.string()), all: z.array(z.strictObject({})).optional() })
  const route = createRoute({
    ...{ method: 'post', path: '/things' },
    request: { body: { required: true, content: { 'application/json': { schema } } } },
    responses: { 200: { description: 'done' } },
  })
  app.openapi(route, (c) => c.json({}, 200))
  const answer = await app.request('/things', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  const { bytes, detail, errors } = await read(answer)
  expect([answer.status, errors.length]).toEqual([422, 100])
  expect(detail).toContain(`${count} values are wrong`)
  expect(bytes).toBeLessThan(20_000)
})
