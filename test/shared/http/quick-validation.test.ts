import { describe, expect, test } from 'bun:test'
import { createRoute, z } from '@hono/zod-openapi'
import { compiled } from '../../../shared/compiled.ts'
import { createApp } from '../../../shared/http/app.ts'
import { requestSchemas } from '../../../shared/http/quick-validation.ts'
import { conductor } from '../../conductor/support.ts'
import { gateway } from '../../gateway/support.ts'
import { orchestrator } from '../../orchestrator/support.ts'
import { appDeps } from '../../support/app.ts'
import { seenBy, withOddFields } from '../odd-values.ts'

const Declared = z.object({ type: z.literal('route'), route: z.custom<Parameters<typeof requestSchemas>[0]>() })

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
