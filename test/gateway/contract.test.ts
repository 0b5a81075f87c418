import { describe, expect, test } from 'bun:test'
import { z } from 'zod'
import type { ConductorPort, OrchestratorPort } from '../../gateway/ports.ts'
import { PassingError, PublishError } from '../../shared/errors.ts'
import { CODES } from '../../shared/http/codes.ts'
import { UpstreamError } from '../../shared/http/upstream.ts'
import { gatewayDocument } from './document.ts'
import { gateway, statusOf } from './support.ts'

/**
 * Every status that the document names for a route is reached, and its body is read by the document's own schema. Streams and
 * uploads, whose bodies are no JSON, have tests of their own for what is theirs.
 */

const Media = z.object({ schema: z.record(z.string(), z.unknown()), example: z.unknown().optional() })
const Operation = z.object({
  requestBody: z.object({ content: z.record(z.string(), Media) }).optional(),
  responses: z.record(z.string(), z.object({ content: z.record(z.string(), Media).optional() })),
})
const Document = z.object({
  paths: z.record(z.string(), z.record(z.string(), Operation)),
  components: z.object({ schemas: z.record(z.string(), z.unknown()) }),
})
const text = await gatewayDocument()
const { paths, components } = Document.parse(JSON.parse(text))

/** The document's schema of a body; its components stand beside it, where JSON Schema looks for them. */
const schemaOf = (schema: object) => {
  const pointed: unknown = JSON.parse(JSON.stringify(schema).replaceAll('#/components/schemas/', '#/$defs/'))
  const definitions: unknown = JSON.parse(
    JSON.stringify(components.schemas).replaceAll('#/components/schemas/', '#/$defs/'),
  )
  return z.fromJSONSchema(z.record(z.string(), z.unknown()).parse({ ...Object(pointed), $defs: definitions }))
}

type Way = 'fine' | 'unknown' | 'conflict' | 'bug' | 'wrong' | 'away'

/** Neighbours that all answer in one way; a fine answer is the example that the document shows of it. */
const ported = (way: Way) => {
  const fail = (): never => {
    if (way === 'conflict') throw new UpstreamError('orchestrator', 409, { code: 'CONFLICT', detail: 'moved on' })
    if (way === 'unknown') throw new UpstreamError('there', 404, { code: 'RESOURCE_NOT_FOUND', detail: 'none' })
    if (way === 'wrong') throw new UpstreamError('there', 500, {})
    if (way === 'away') throw new PassingError('conductor', 'away')
    throw new Error('a bug')
  }
  const example = (path: string, method: string, status = '200') =>
    structuredClone(paths[path]?.[method]?.responses[status]?.content?.['application/json']?.example)
  const answer = (path: string, method: string, status?: string) => async () =>
    way === 'fine' ? Object(example(path, method, status)) : fail()
  const missing = async () => (way === 'unknown' || way === 'conflict' ? undefined : fail())
  const found = statusOf('b-1', 'ada')
  const fine = way === 'fine' || way === 'conflict'
  const plan = { execution: 'sequential', final_pipeline: [], plan: [], analysis_summary: '', revision: '1' } as const
  const conductor: Partial<ConductorPort> = {
    status: async () => (fine ? found : missing()),
    essays: fine ? async () => undefined : async () => missing(),
    runs: fine ? async () => undefined : async () => missing(),
    batches: async () => (way === 'fine' ? { batches: [], total: 0, next_cursor: null } : fail()),
    define: async () => (way === 'fine' ? Object(plan) : fail()),
    letters: answer('/v1/admin/dead-letters', 'get'),
    letterGroups: answer('/v1/admin/dead-letters/groups', 'get'),
    letter: answer('/v1/admin/dead-letters/{letter_id}', 'get'),
    redrive: answer('/v1/admin/dead-letter-redrives', 'post'),
    park: answer('/v1/admin/dead-letters/{letter_id}/park', 'post'),
  }
  const orchestrator: Partial<OrchestratorPort> = {
    owner: async () => (fine ? undefined : missing()),
    register: answer('/v1/batches/register', 'post', '202'),
    cancel: answer('/v1/batches/{batch_id}/cancel', 'post'),
    retry: async (_, body) =>
      way === 'fine' ? Object(example('/v1/batches/{batch_id}/retry', 'post', body.dry_run ? '200' : '202')) : fail(),
    setPrompt: answer('/v1/batches/{batch_id}/prompt', 'patch'),
    stuck: answer('/v1/admin/stuck-runs', 'get'),
  }
  const publish = async () => {
    if (way === 'away') throw new PublishError('not_sent', 'away')
    return fine ? [] : fail()
  }
  return { conductor, orchestrator, publish }
}

/** Routes whose bodies are streams or files. */
const OTHER = /\/(events|ws|files)$/
const concrete = (path: string) =>
  path.replace('{batch_id}', 'b-1').replace('{letter_id}', '0f9a86b7-184a-5cb2-9e73-95766f963055')

interface Asking {
  readonly path: string
  readonly method: string
  readonly body: unknown
  readonly deps?: Parameters<typeof gateway>[0]
  readonly headers?: Readonly<Record<string, string>>
  readonly roles?: readonly string[]
}
const ask = async ({ path, method, body, deps = {}, headers = {}, roles = ['teacher', 'admin'] }: Asking) => {
  const one = gateway(deps)
  const send = async () =>
    one.app.request(concrete(path), {
      method: method.toUpperCase(),
      headers: {
        ...(await one.as({ roles })),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
  return { one, send }
}

/** How to get each status from a route that takes this body; undefined where there is no way by design. */
const recipes = (path: string, method: string, body: unknown): Readonly<Record<string, () => Promise<Response>>> => {
  const base = { path, method, body }
  const by =
    (way: Way, more: Partial<Asking> = {}) =>
    async () =>
      (await ask({ ...base, deps: ported(way), ...more })).send()
  const invalid = path.includes('{')
    ? path.replace(/\{\w+\}/, '%0A')
    : `${path}?limit=0&older_than_seconds=-1&surprise=1`
  const bug = () => {
    throw new Error('a bug')
  }
  return {
    200: by('fine', method === 'post' && path.endsWith('/retry') ? { body: { ...Object(body), dry_run: true } } : {}),
    201: by('fine'),
    202: by('fine', path.endsWith('/retry') ? { body: { ...Object(body), dry_run: false } } : {}),
    304: by('fine', { headers: { 'if-none-match': '"17"' } }),
    400: by('fine', { body: '{' }),
    401: by('fine', { headers: { authorization: 'Bearer x.y.z' } }),
    403: by('fine', { roles: ['student'] }),
    404: by('unknown'),
    409: async () => {
      if (!/pipelines|register/.test(path)) return by('conflict')()
      // Here the conflict is a first request with the same key that is not answered yet.
      const gate = Promise.withResolvers<never>()
      const held = { ...ported('fine'), publish: () => gate.promise }
      const deps = { ...held, orchestrator: { ...held.orchestrator, register: () => gate.promise } }
      const { send } = await ask({ ...base, deps, headers: { 'idempotency-key': 'k' } })
      const answers = [send(), send()]
      const first = await Promise.race(answers)
      gate.reject(new Error('over'))
      return first
    },
    413: by('fine', { body: JSON.stringify('x'.repeat(60_000)) }),
    415: by('fine', { headers: { 'content-type': 'text/plain' } }),
    422: by('fine', body === undefined ? { path: invalid } : { body: { surprise: 1 } }),
    429: async () => {
      const limit = { perMinute: 60, burst: 1 }
      const limits = { pipelines: limit, status: limit, default: limit, organisation: limit }
      const { send } = await ask({ ...base, deps: { ...ported('fine'), limiter: { limits } } })
      await send()
      return send()
    },
    500: by('fine', { deps: { deps: path === '/dev/token' ? { signToken: bug } : { tokens: { verify: bug } } } }),
    502: by('wrong'),
    503: by('away', path === '/v1/stream-tickets' ? { deps: { deps: { tickets: awayTickets } } } : {}),
  }
}
const awayTickets = {
  issue: async () => {
    throw new PassingError('redis', 'away')
  },
  redeem: async () => undefined,
}

const pairs = Object.entries(paths).flatMap(([path, methods]) =>
  OTHER.test(path)
    ? []
    : Object.entries(methods).flatMap(([method, operation]) => {
        const body = operation.requestBody?.content['application/json']?.example
        const ways = recipes(path, method, body)
        return Object.entries(operation.responses).map(
          ([status, { content }]) => [`${method.toUpperCase()} ${path}`, status, ways[status], content] as const,
        )
      }),
)

describe('every documented status is reached, with a body that the document describes', () => {
  test.each(pairs)('%s %s', async (_, status, reach, content) => {
    if (!reach) throw new Error(`nobody knows how to get a ${status}`)
    const answer = await reach()
    expect(answer.status).toBe(Number(status))
    const type = answer.headers.get('content-type') ?? ''
    if (content === undefined) return
    expect(Object.keys(content)).toContain(type)
    const body: unknown = await answer.json()
    schemaOf(content[type]?.schema ?? {}).parse(body)
    if (Number(status) >= 400) {
      const { code } = z.object({ code: z.enum(Object.keys(CODES)) }).parse(body)
      expect(text).toContain(code)
    }
  })
})
