import type { Context } from 'hono'
import { matchedRoutes, routePath } from 'hono/route'

/**
 * The pattern of the route that a request is for, also when something before it answered: of several that match the first
 * one answers. Where no route has the method it is the last pattern that matched. Found once a request, since many ask.
 */
export const patternOf = (c: Context): string => {
  const known: string | undefined = c.get('pattern')
  if (known !== undefined) return known
  const pattern = matchedRoutes(c).find(({ method }) => method === c.req.method)?.path ?? routePath(c, -1)
  c.set('pattern', pattern)
  return pattern
}
