import type { MiddlewareHandler } from 'hono'
import { ProblemError } from '../shared/http/problem.ts'
import type { GatewayEnv } from './env.ts'

/** Containers within containers that a body may have; ours need five. */
export const MAX_DEPTH = 32

/** Where in this text its nesting is deeper than that: the position of the bracket, or -1. */
const tooDeepAt = (text: string): number => {
  let depth = 0
  let inText = false
  for (let at = 0; at < text.length; at++) {
    const character = text[at]
    if (inText) {
      if (character === '\\') at += 1
      else if (character === '"') inText = false
    } else if (character === '"') inText = true
    else if (character === '{' || character === '[') {
      depth += 1
      if (depth > MAX_DEPTH) return at
    } else if (character === '}' || character === ']') depth -= 1
  }
  return -1
}

const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]/gs

/** The JSON pointer (RFC 6901) of what begins after this text. */
const pointerAfter = (text: string): string => {
  const path: (string | number)[] = []
  let before = ''
  for (const [token] of text.matchAll(TOKEN)) {
    const last = path.length - 1
    const place = path[last]
    if (token === '{') path.push('')
    else if (token === '[') path.push(0)
    else if (token === '}' || token === ']') path.pop()
    else if (token === ',' && typeof place === 'number') path[last] = place + 1
    else if (token === ':' && typeof place === 'string') path[last] = nameOf(before)
    before = token
  }
  return path.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
}

const nameOf = (token: string): string => {
  try {
    return String(JSON.parse(token))
  } catch {
    return token.slice(1, -1)
  }
}

/** A media type is compared without its parameters, and capitals say nothing (RFC 9110, section 8.3.1; `+json`, RFC 6839). */
const isJson = (contentType = ''): boolean => {
  const [type = ''] = contentType.split(';')
  return /^application\/json$|\+json$/i.test(type.trim())
}

/**
 * Refuses a JSON body that is nested too deeply, before anything is made of it. Others cost one look at their characters. A path
 * that takes its body while it comes in is left alone: to look at the body is to read it as a whole.
 */
export const createDepthLimit = (streamedPaths: RegExp | undefined): MiddlewareHandler<GatewayEnv> =>
  async function checkDepth(c, next) {
    if (!isJson(c.req.header('content-type')) || streamedPaths?.test(c.req.path)) return next()
    const text = await c.req.text()
    const at = tooDeepAt(text)
    if (at >= 0)
      throw new ProblemError({
        code: 'VALIDATION_ERROR',
        reason: 'too_deep',
        detail: `A body may be nested ${MAX_DEPTH} deep.`,
        errors: [{ pointer: pointerAfter(text.slice(0, at)), detail: `is nested more than ${MAX_DEPTH} deep` }],
      })
    return next()
  }
