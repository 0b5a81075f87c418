import { expect, spyOn, test } from 'bun:test'
import { z } from 'zod'
import { CODES } from '../../shared/http/codes.ts'
import { gateway } from './support.ts'

/** What the OpenAPI document and the pages beside it owe to whoever reads them. */

const Media = z.object({ example: z.unknown().optional(), examples: z.record(z.string(), z.unknown()).optional() })
const Content = z.record(z.string(), Media)
const Operation = z.object({
  summary: z.string().min(1),
  requestBody: z.object({ required: z.literal(true), content: Content }).optional(),
  responses: z.record(z.string(), z.object({ description: z.string().min(1), content: Content.optional() })),
})
const Document = z.object({
  openapi: z.literal('3.1.0'),
  paths: z.record(z.string(), z.record(z.enum(['get', 'post', 'patch']), Operation.optional())),
})

const { call, app } = gateway()
const document = Document.parse(await (await call('GET', '/openapi.json')).json())
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).flatMap(([method, operation]) =>
    operation ? [[`${method.toUpperCase()} ${path}`, operation] as const] : [],
  ),
)

test('every route that the app serves under /v1 stands in the document', () => {
  const served = app.routes.filter(({ path, method }) => path.startsWith('/v1/') && method !== 'ALL')
  const written = new Set(operations.map(([name]) => name))
  for (const { method, path } of served) expect(written).toContain(`${method} ${path.replaceAll(/:(\w+)/g, '{$1}')}`)
  expect(operations.length).toBeGreaterThan(5)
})

test('the document and the reference are made once, by whoever asks first, and are the same for everybody', async () => {
  const { app } = gateway()
  const made = spyOn(app, 'getOpenAPI31Document')
  const texts = async (path: string) => {
    const answers = [await app.request(path), await app.request(path)]
    for (const { status } of answers) expect(status).toBe(200)
    const [first, again] = await Promise.all(answers.map((answer) => answer.text()))
    expect(again).toBe(first ?? '')
    return { text: first ?? '', type: answers[1]?.headers.get('content-type') }
  }
  expect(made).toHaveBeenCalledTimes(0)
  const json = await texts('/openapi.json')
  const page = await texts('/docs/reference')
  expect(made).toHaveBeenCalledTimes(1)
  expect([json.type, page.type]).toEqual(['application/json', 'text/html; charset=UTF-8'])
  expect(Document.parse(JSON.parse(json.text)).openapi).toBe('3.1.0')
  expect(page.text).toContain('/v1/batches/register')
})

test.each(operations)('%s shows an example of its body and of every answer that has one', (_, operation) => {
  const contents = [operation.requestBody?.content, ...Object.values(operation.responses).map(({ content }) => content)]
  for (const media of contents.flatMap((content) => Object.values(content ?? {})))
    expect(media.example ?? media.examples).toBeDefined()
})

test('the pages show nothing from elsewhere, and say so to the browser', async () => {
  for (const page of ['/docs', '/docs/reference', '/docs/errors', '/docs/limits', '/docs/auth', '/docs/versioning']) {
    const answer = await call('GET', page)
    expect([page, answer.status]).toEqual([page, 200])
    expect(answer.headers.get('content-security-policy')).toMatch(/^default-src 'self'/)
    expect(await answer.text()).not.toMatch(/(src|href)="(https?:)?\/\//)
  }
})

test('where Redoc is not installed its address leads to the reference without script', async () => {
  const answer = await call('GET', '/redoc')
  expect([answer.status, answer.headers.get('location')]).toEqual([302, '/docs/reference'])
})

test('every error code has a place on the page of errors, where its problems point to', async () => {
  const page = await (await call('GET', '/docs/errors')).text()
  for (const [code, { status, advice }] of Object.entries(CODES)) {
    expect(page).toContain(`id="${code}"`)
    expect(page).toContain(String(status))
    expect(advice.length).toBeGreaterThan(20)
  }
})

test('the page of limits shows the numbers that hold, the one of sign-in the roles and scopes', async () => {
  const limit = { perMinute: 17, burst: 23 }
  const limits = {
    pipelines: limit,
    status: limit,
    uploads: limit,
    default: limit,
    organisation: { perMinute: 0, burst: 0 },
  }
  const page = await (
    await gateway({ limiter: { limits, factors: { service: 7 } } }).call('GET', '/docs/limits')
  ).text()
  for (const text of ['17', '23', 'no limit', 'service', '7']) expect(page).toContain(text)
  const auth = await (await call('GET', '/docs/auth')).text()
  for (const text of ['teacher', 'admin', 'service', 'batches:read', 'batches:write']) expect(auth).toContain(text)
})
