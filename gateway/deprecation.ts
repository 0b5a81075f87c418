import { z } from '@hono/zod-openapi'
import type { MiddlewareHandler } from 'hono'
import type { App } from '../shared/http/app.ts'
import { patternOf } from '../shared/http/pattern.ts'
import type { GatewayEnv } from './env.ts'

/** What clients are told of a route that will go. */
const Notice = z.object({
  /** Since when it should not be used for anything new, and until when it answers at least: days, in UTC. */
  since: z.iso.date(),
  sunset: z.iso.date(),
  /** The page that says why, and what to do. */
  link: z.string(),
  /** The path of the route that takes its place. */
  successor: z.string().optional(),
})
export type Notice = z.infer<typeof Notice>

/** Milliseconds that clients have at least: no six months are shorter. */
const NOTICE_MS = 181 * 24 * 3_600_000

/** Declares that a route will go: spread into `createRoute`, it stands in the document, on the page of versions, and in headers. */
export const deprecation = (notice: Notice) => {
  if (Date.parse(notice.sunset) - Date.parse(notice.since) < NOTICE_MS)
    throw new RangeError(`${notice.sunset} is less than six months after ${notice.since}`)
  return { deprecated: true, 'x-deprecation': notice } as const
}

const Declared = z.object({
  type: z.literal('route'),
  route: z.object({ method: z.string(), path: z.string(), 'x-deprecation': Notice }),
})

/** The routes that will go, by method and path as the document writes them. */
export const deprecations = ({ openAPIRegistry }: Pick<App<GatewayEnv>, 'openAPIRegistry'>) =>
  new Map(
    openAPIRegistry.definitions.flatMap((definition) => {
      const { data } = Declared.safeParse(definition)
      return data
        ? [[`${data.route.method.toUpperCase()} ${data.route.path}`, data.route['x-deprecation']] as const]
        : []
    }),
  )

/** Tells in every answer, refusals included, which version of the service gave it, and of a route that will go (RFC 9745, RFC 8594). */
export const tellVersions = (
  app: Pick<App<GatewayEnv>, 'openAPIRegistry'>,
  version: string,
): MiddlewareHandler<GatewayEnv> => {
  let known: ReturnType<typeof deprecations> | undefined
  return async function tellVersion(c, next) {
    await next()
    const { headers } = c.res
    headers.set('api-version', version)
    known ??= deprecations(app)
    if (known.size === 0) return
    const pattern = patternOf(c).replaceAll(/:(\w+)/g, '{$1}')
    const notice = known.get(`${c.req.method} ${pattern}`)
    if (!notice) return
    const { since, sunset, link, successor } = notice
    headers.set('deprecation', `@${Date.parse(since) / 1_000}`)
    headers.set('sunset', new Date(sunset).toUTCString())
    headers.append('link', `<${link}>; rel="deprecation"; type="text/html"`)
    if (successor === undefined) return
    const [names, values] = [pattern.split('/'), c.req.path.split('/')]
    const instead = successor.replaceAll(/\{\w+\}/g, (name) => encodeURIComponent(values[names.indexOf(name)] ?? ''))
    headers.append('link', `<${instead}>; rel="successor-version"`)
  }
}
