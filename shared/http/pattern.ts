import type { Context } from 'hono'
import { matchedRoutes, routePath } from 'hono/route'

/**
 * The pattern of the route that a request is for, also when something before it answered: of several that match the first
 * one answers. Where no route has the method it is the last pattern that matched.
 */
export const patternOf = (c: Context): string =>
  matchedRoutes(c).find(({ method }) => method === c.req.method)?.path ?? routePath(c, -1)
