import { PassingError } from '../../../shared/errors.ts'
import { serve } from '../../../shared/http/serve.ts'
import { gateway } from '../support.ts'
import type { Documented } from './document.ts'
import { answering, type Way } from './neighbours.ts'

interface Asking extends Pick<Documented, 'path' | 'method'> {
  readonly body?: FormData | string | object | undefined
  readonly deps?: Parameters<typeof gateway>[0]
  readonly headers?: Readonly<Record<string, string>>
  readonly roles?: readonly string[]
}

const concrete = (path: string) =>
  path.replace('{batch_id}', 'b-1').replace('{letter_id}', '0f9a86b7-184a-5cb2-9e73-95766f963055')

const isRaw = (body: unknown): body is FormData | string => typeof body === 'string' || body instanceof FormData

const bodyOf = (body: Asking['body']) => {
  if (body === undefined) return { headers: {}, init: {} }
  // A form has a type of its own, with its boundary.
  const headers: Record<string, string> = body instanceof FormData ? {} : { 'content-type': 'application/json' }
  return { headers, init: { body: isRaw(body) ? body : JSON.stringify(body) } }
}

/** A gateway of its own that can be sent the same request again and again. */
const open = ({ path, method, body, deps = {}, headers = {}, roles = ['teacher', 'admin'] }: Asking) => {
  const { app, as } = gateway(deps)
  const sent = bodyOf(body)
  return async (): Promise<Response> =>
    app.request(concrete(path), {
      method,
      headers: { ...(await as({ roles })), ...sent.headers, ...headers },
      ...sent.init,
    })
}

const form = (...files: readonly File[]): FormData => {
  const made = new FormData()
  for (const file of files) made.append('files', file)
  return made
}
const essay = (bytes = 10) => new File(['x'.repeat(bytes)], 'anna.txt')

/** What a route takes that is no JSON, and what it refuses of that. */
const ofItsOwn = (path: string) => {
  if (path.endsWith('/files')) return { body: form(essay()), wrong: form(), large: form(essay(1_100_000)), headers: {} }
  if (path.endsWith('/ws')) return { headers: { upgrade: 'websocket' } }
  return { headers: {} }
}

const bug = () => {
  throw new Error('a bug')
}
const awayTickets = {
  issue: async () => {
    throw new PassingError('redis', 'away')
  },
  redeem: async () => undefined,
}

/** How to get each status from a route; a way that a route does not know gives another of its statuses. */
export const recipes = ({
  path,
  method,
  body: example,
}: Documented): Readonly<Record<string, () => Promise<Response>>> => {
  const own = ofItsOwn(path)
  const body = example === undefined ? own.body : Object(example)
  const base = { path, method, body }
  const by =
    (way: Way, { headers, ...more }: Partial<Asking> = {}) =>
    (): Promise<Response> =>
      open({ ...base, deps: answering(way), headers: { ...own.headers, ...headers }, ...more })()
  const isJson = example !== undefined
  const isRetry = path.endsWith('/retry')
  const invalid = path.includes('{')
    ? path.replace(/\{\w+\}/, '%0A')
    : `${path}?limit=0&older_than_seconds=-1&ticket=${'x'.repeat(300)}&surprise=1`
  return {
    101: () => upgraded(path),
    200: by('fine', isRetry ? { body: { ...body, dry_run: true } } : {}),
    201: by('fine'),
    202: by('fine', isRetry ? { body: { ...body, dry_run: false } } : {}),
    304: by('fine', { headers: { 'if-none-match': '"17"' } }),
    400: by(
      'fine',
      isJson ? { body: '{' } : { body: 'no form', headers: { 'content-type': 'multipart/form-data; boundary=x' } },
    ),
    401: by('fine', { headers: { authorization: 'Bearer x.y.z' } }),
    403: by('fine', { roles: ['student'] }),
    404: by('unknown'),
    409: /pipelines$|register$/.test(path) && method === 'POST' ? () => whileTheFirstIsRunning(base) : by('conflict'),
    413: by('fine', { body: isJson ? JSON.stringify('x'.repeat(60_000)) : own.large }),
    415: by('fine', { headers: { 'content-type': 'text/plain' } }),
    422: by('fine', isJson ? { body: { surprise: 1 } } : own.wrong ? { body: own.wrong } : { path: invalid }),
    426: by('fine', { headers: { upgrade: 'h2c' } }),
    429: () => oneTooMany({ ...base, headers: own.headers }),
    500: by('fine', {
      deps: { ...answering('fine'), deps: path === '/dev/token' ? { signToken: bug } : { tokens: { verify: bug } } },
    }),
    502: by('wrong'),
    503: by('away', path === '/v1/stream-tickets' ? { deps: { deps: { tickets: awayTickets } } } : {}),
  }
}

/** The conflict is a first request with the same key that is not answered yet. */
const whileTheFirstIsRunning = async (asking: Asking): Promise<Response> => {
  const gate = Promise.withResolvers<never>()
  const fine = answering('fine')
  const held = {
    ...fine,
    publish: () => gate.promise,
    orchestrator: { ...fine.orchestrator, register: () => gate.promise },
  }
  const send = open({ ...asking, deps: held, headers: { 'idempotency-key': 'k' } })
  const answers = [send(), send()]
  const first = await Promise.race(answers)
  gate.reject(new Error('over'))
  await Promise.allSettled(answers)
  return first
}

const oneTooMany = async (asking: Asking): Promise<Response> => {
  const limit = { perMinute: 60, burst: 1 }
  const limits = { pipelines: limit, status: limit, uploads: limit, default: limit, organisation: limit }
  const send = open({ ...asking, deps: { ...answering('fine'), limiter: { limits } } })
  await (await send()).body?.cancel()
  return send()
}

/** What a client that asks for a WebSocket is answered by a listening gateway. */
const upgraded = async (path: string): Promise<Response> => {
  const at = gateway({
    ...answering('fine'),
    deps: { upgrade: (request, listener) => listening.upgrade(request, listener) },
  })
  const listening = serve({ name: 'gateway', host: '127.0.0.1', port: 0, fetch: (request) => at.app.fetch(request) })
  const { promise, resolve } = Promise.withResolvers<number>()
  const { authorization } = await at.as()
  const socket = new WebSocket(`${listening.url.replace('http', 'ws')}${concrete(path)}`, {
    headers: { authorization },
  })
  socket.onopen = () => resolve(101)
  socket.onclose = () => resolve(0)
  const status = await promise
  socket.close()
  await listening.stop()
  return new Response(null, { status })
}
