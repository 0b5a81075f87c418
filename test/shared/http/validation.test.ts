import { describe, expect, test } from 'bun:test'
import { createRoute, type RouteConfig, z } from '@hono/zod-openapi'
import { compiled } from '../../../shared/compiled.ts'
import { createApp } from '../../../shared/http/app.ts'
import { requestSchemas } from '../../../shared/http/validation.ts'
import { conductor } from '../../conductor/support.ts'
import { gateway } from '../../gateway/support.ts'
import { orchestrator } from '../../orchestrator/support.ts'
import { appDeps } from '../../support/app.ts'
import { seenBy, withOddFields } from '../odd-values.ts'

const Declared = z.object({ type: z.literal('route'), route: z.custom<RouteConfig>() })

/** The schemas that an app's routes read requests by, with the route. */
const schemasOf = ({ openAPIRegistry }: { readonly openAPIRegistry: { readonly definitions: readonly unknown[] } }) =>
  openAPIRegistry.definitions.flatMap((definition) => {
    const { data } = Declared.safeParse(definition)
    if (!data) return []
    const { method, path } = data.route
    return requestSchemas(data.route).map((schema, n) => [`${method} ${path} (${n})`, schema] as const)
  })

/** A text in each field, and each of them made odd. */
const valuesFor = (schema: z.ZodType): unknown[] => {
  const fields = schema instanceof z.ZodObject ? Object.keys(schema.shape) : []
  const plain = Object.fromEntries(fields.map((field) => [field, 'nlp']))
  return [undefined, [], plain, { ...plain, unknown: 1 }, ...withOddFields(plain)]
}

describe.each([
  ['gateway', () => gateway().app],
  ['conductor', () => conductor().app],
  ['orchestrator', () => orchestrator().app],
])('requests of the %s', (_, open) => {
  test.each(schemasOf(open()))('are read by a compiled schema as by the plain one: %s', (_, schema) => {
    for (const value of valuesFor(schema)) expect(seenBy(compiled(schema, 0), value)).toBe(seenBy(schema, value))
  })
})

test('a route answers the same before and after its schema is compiled', async () => {
  const app = createApp(appDeps())
  const Body = z.strictObject({ count: z.int().max(9).default(1) })
  const body = { required: true, content: { 'application/json': { schema: Body } } }
  const route = createRoute({
    ...{ method: 'post', path: '/things', request: { body } },
    responses: { 200: { description: 'done' } },
  })
  app.openapi(route, (c) => c.json({ count: c.req.valid('json').count }, 200))
  const ask = async (json: string) => {
    const response = await app.request('/things', {
      ...{
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-correlation-id': 'a'.repeat(32) },
        body: json,
      },
    })
    return [response.status, await response.text()]
  }
  const askAll = () => Promise.all(['{}', '{"count":3}', '{"count":10,"x":1}', '[]'].map(ask))
  const before = await askAll()
  expect(before.map(([status]) => status)).toEqual([200, 200, 422, 422])
  expect(compiled(Body, 0)).not.toBe(Body)
  expect(await askAll()).toEqual(before)
})

describe('what of a request is no body', () => {
  const app = createApp(appDeps())
  const read: unknown[] = []
  const request = {
    params: z.object({ id: z.string().max(3) }),
    query: z.strictObject({ limit: z.coerce.number().max(9).optional(), of: z.string().array().optional() }),
    headers: z.object({ 'If-None-Match': z.string().max(3).optional() }),
  }
  const route = createRoute({
    method: 'get',
    path: '/things/{id}',
    request,
    responses: { 200: { description: 'done' } },
  })
  app.openapi(route, (c) => {
    read.push([c.req.valid('param'), c.req.valid('query'), c.req.valid('header')])
    return c.json({}, 200)
  })
  const ask = async (path: string, headers: Record<string, string> = {}) => {
    const response = await app.request(path, { headers })
    const { errors } = z
      .object({ errors: z.array(z.object({ pointer: z.string() })).default([]) })
      .parse(await response.json())
    return [response.status, errors.map(({ pointer }) => pointer)]
  }

  test('reaches the handler as the route declares it', async () => {
    expect(await ask('/things/a?limit=3&of=x&of=y', { 'if-none-match': '"1"' })).toEqual([200, []])
    expect(await ask('/things/%C3%A9')).toEqual([200, []])
    expect(read).toEqual([
      [{ id: 'a' }, { limit: 3, of: ['x', 'y'] }, { 'If-None-Match': '"1"' }],
      [{ id: 'é' }, {}, {}],
    ])
  })

  test('is refused with all that is wrong in any part of it', async () => {
    expect(await ask('/things/long?limit=10&x=1', { 'if-none-match': 'long' })).toEqual([
      422,
      ['#query/limit', '#query/x', '#path/id', '#header/If-None-Match'],
    ])
  })

  test('stands in the document as it was declared', () => {
    const { paths } = app.getOpenAPI31Document({ openapi: '3.1.0', info: { title: 'things', version: '1' } })
    const parameters = paths?.['/things/{id}']?.get?.parameters
    expect(parameters).toMatchObject([
      { in: 'path', name: 'id' },
      { in: 'query', name: 'limit' },
      { in: 'query', name: 'of' },
      { in: 'header', name: 'If-None-Match' },
    ])
  })
})
