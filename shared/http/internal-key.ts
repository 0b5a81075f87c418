import type { MiddlewareHandler } from 'hono'
import type { BaseEnv } from './app.ts'
import { ProblemError } from './problem.ts'

export interface InternalKeyOptions {
  /** Keys that are accepted: one, or two during a rotation. Undefined switches the check off (a changeover). */
  readonly keys: readonly string[] | undefined
}

/** Lets only our own services in: `X-Internal-API-Key` must be one of the keys, `X-Service-ID` says who asks. */
export const internalKey = <Env extends BaseEnv>(options: InternalKeyOptions): MiddlewareHandler<Env> => {
  const keys = options.keys?.map(bytesOf)
  return function checkInternalKey(c, next) {
    const caller = c.req.header('x-service-id')
    if (keys !== undefined) {
      const given = c.req.header('x-internal-api-key')
      if (!given || !caller)
        throw refused('missing_internal_key', 'Internal routes need X-Internal-API-Key and X-Service-ID.')
      // All keys are compared, each in constant time: neither the number nor the place of a match can be measured.
      const bytes = bytesOf(given)
      const matches = keys.map((key) => sameBytes(key, bytes))
      if (!matches.includes(true)) throw refused('invalid_internal_key', 'The internal key is not valid.')
    }
    c.set('actor', caller ?? 'internal')
    return next()
  }
}

const refused = (reason: string, detail: string) => new ProblemError({ code: 'AUTHENTICATION_ERROR', reason, detail })

const UTF8 = new TextEncoder()
const bytesOf = (text: string): Uint8Array => UTF8.encode(text)

/** Compares in a time that depends on the lengths only. */
const sameBytes = (left: Uint8Array, right: Uint8Array): boolean => {
  let difference = left.length ^ right.length
  for (let index = 0; index < right.length; index++)
    difference |= (left[index % left.length] ?? 0) ^ (right[index] ?? 0)
  return difference === 0
}
