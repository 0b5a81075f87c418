import type { OpenAPIHono, RouteConfig } from '@hono/zod-openapi'
import type { Context, Env, MiddlewareHandler } from 'hono'
import { z } from 'zod'
import { compiled } from '../compiled.ts'
import { fieldErrors } from './pointer.ts'
import { wrongValues } from './problem.ts'

type Request = NonNullable<RouteConfig['request']>

/** Every schema that a request of this route is read by. */
export const requestSchemas = ({ request = {} }: Pick<RouteConfig, 'request'>): readonly z.ZodType[] => {
  const { query, params, cookies, headers, body } = request
  const ofBody = Object.values(body?.content ?? {}).map((content) => content && 'schema' in content && content.schema)
  return [query, params, cookies, headers, ofBody].flat().filter((schema) => schema instanceof z.ZodType)
}

/** The headers that a schema names, by its spelling; names of headers have none of their own. */
const headersOf = (c: Context, schema: z.ZodType): Record<string, string> => {
  if (!(schema instanceof z.ZodObject)) return c.req.header()
  const found: Record<string, string> = {}
  for (const name in schema.shape) {
    const value = c.req.header(name)
    if (value !== undefined) found[name] = value
  }
  return found
}

/** Each parameter with its value, or with all where there are several. */
const queryOf = (c: Context): Record<string, string | string[]> =>
  Object.fromEntries(
    Object.entries(c.req.queries()).map(([name, all]) => [name, all.length === 1 ? (all[0] ?? '') : all]),
  )

/** What of a request is no body: where it is read from, and by which part of the declaration. */
const PARTS = [
  ['query', 'query', queryOf],
  ['param', 'params', (c: Context) => c.req.param()],
  ['header', 'headers', headersOf],
] as const

/** Reads query, path and headers, and refuses with all that is wrong in any of them. */
const readParts = (request: Request): MiddlewareHandler => {
  const parts = PARTS.flatMap(([target, declared, given]) => {
    const schema = request[declared]
    return schema instanceof z.ZodType ? [{ target, schema, given }] : []
  })
  return function readRequest(c, next) {
    const wrong = parts.flatMap(({ target, schema, given }) => {
      const read = compiled(schema).safeParse(given(c, schema))
      if (!read.success) return [fieldErrors(target, read.error.issues)]
      c.req.addValidatedData(target, Object(read.data))
      return []
    })
    const count = wrong.reduce((sum, part) => sum + part.count, 0)
    if (count > 0)
      throw wrongValues(
        wrong.flatMap(({ errors }) => errors),
        count,
      )
    return next()
  }
}

/**
 * Lets the app's routes read requests in one step before the body, and all by compiled schemas. The validator of the library is a
 * layer for each part, and asks every schema for a promise, for which zod takes its slow way: together a tenth of a status, measured. No
 * schema of a request has anything to wait for.
 */
export const readInOneStep = <E extends Env>(app: OpenAPIHono<E>): void => {
  const { openapi } = app
  const declare = (...[declared, handler, hook]: Parameters<typeof openapi>) => {
    const { middleware = [], hide, ...route } = declared
    if (!hide) app.openAPIRegistry.registerPath(route)
    const { query, params, headers, ...rest } = route.request ?? {}
    for (const schema of requestSchemas({ request: rest }))
      schema.safeParseAsync = async (value) => compiled(schema).safeParse(value)
    const before = [middleware, query || params || headers ? readParts({ query, params, headers }) : []].flat()
    return openapi({ ...route, request: rest, middleware: before, hide: true }, handler, hook)
  }
  Object.assign(app, { openapi: declare })
}
