import { afterAll, beforeAll, expect, test } from 'bun:test'
import type { Browser, Page } from 'playwright-core'
import { createLocalTicketStore } from '../../gateway/tickets/local.ts'
import { type Listening, serve } from '../../shared/http/serve.ts'
import { launch, open } from '../console/browser.ts'
import { describeChromium } from '../support/chromium.ts'
import { neighbours, openGateway } from './open-gateway.ts'

/** What a script of another origin may read of a listening gateway, as a real browser decides it. */

/** Those that tell a front end what to do next. */
const EXPOSED = ['retry-after', 'ratelimit', 'ratelimit-policy', 'etag', 'location', 'x-correlation-id'] as const
type Exposed = (typeof EXPOSED)[number]

interface Asked {
  readonly method?: string
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}
const post = (path: string, body: string, headers: Readonly<Record<string, string>> = {}): Asked => ({
  method: 'POST',
  path,
  body,
  headers: { 'content-type': 'application/json', ...headers },
})
const LIMITED: readonly Exposed[] = ['ratelimit', 'ratelimit-policy', 'x-correlation-id']
const STATUS = '/v1/batches/b-1/status'
const PIPELINES = '/v1/batches/b-1/pipelines'

/** How each status is brought about, and which of the headers it must have; a code, where it is a refusal. */
const CASES: readonly (readonly [number, Asked, readonly Exposed[], string | undefined])[] = [
  [200, { path: STATUS }, [...LIMITED, 'etag'], undefined],
  [202, post(PIPELINES, '{"requested_pipeline":"nlp"}'), [...LIMITED, 'location'], undefined],
  [304, { path: STATUS, headers: { 'if-none-match': '"17"' } }, [...LIMITED, 'etag'], undefined],
  [401, { path: STATUS, headers: { authorization: 'Bearer x.y.z' } }, ['x-correlation-id'], 'AUTHENTICATION_ERROR'],
  [404, { path: '/v1/batches/b-3/status' }, LIMITED, 'RESOURCE_NOT_FOUND'],
  [409, post('/v1/batches/b-1/cancel', '{}'), LIMITED, 'CONFLICT'],
  [413, post(PIPELINES, `"${'x'.repeat(3_000_000)}"`), ['x-correlation-id'], 'PAYLOAD_TOO_LARGE'],
  [415, post(PIPELINES, '{}', { 'content-type': 'text/plain' }), LIMITED, 'UNSUPPORTED_MEDIA_TYPE'],
  [422, post(PIPELINES, '{"surprise":1}'), LIMITED, 'VALIDATION_ERROR'],
  [429, { path: '/v1/pipelines' }, [...LIMITED, 'retry-after'], 'RATE_LIMIT'],
  [500, { method: 'POST', path: '/v1/stream-tickets' }, LIMITED, 'UNKNOWN_ERROR'],
  [503, { path: '/v1/batches/b-away/status' }, [...LIMITED, 'retry-after'], 'SERVICE_UNAVAILABLE'],
]

/** A gateway whose neighbours and stores fail where the cases need it, and what it was asked and answered. */
const listen = async (origin: string) => {
  const { reach } = neighbours()
  const { app, signIn } = await openGateway(
    {
      reach: {
        ...reach,
        conductor: (request) =>
          request.url.includes('/b-away/') ? Response.json({}, { status: 503 }) : reach.conductor(request),
        orchestrator: (request) =>
          request.url.endsWith('/cancel')
            ? Response.json({ code: 'CONFLICT', detail: 'No run is active.' }, { status: 409 })
            : reach.orchestrator(request),
      },
      ticketStore: {
        ...createLocalTicketStore({ clock: Date.now }),
        put() {
          throw new Error('a bug')
        },
      },
    },
    { CORS_ORIGINS: [origin], RATE_LIMIT_DEFAULT_PER_MINUTE: 1, RATE_LIMIT_DEFAULT_BURST: 2 },
  )
  const preflights: string[] = []
  const answered = new Map<string, Headers>()
  const server = serve({
    name: 'gateway',
    host: '127.0.0.1',
    port: 0,
    async fetch(request) {
      if (request.method === 'OPTIONS') preflights.push(new URL(request.url).pathname)
      const answer = await app.fetch(request)
      answered.set(answer.headers.get('x-correlation-id') ?? '', answer.headers)
      return answer
    },
  })
  return { server, preflights, answered, ...(await signIn()) }
}

describeChromium('a script of another origin', (executable) => {
  const page = Bun.serve({
    hostname: 'localhost',
    port: 0,
    fetch: () => new Response('<title>a front end</title>', { headers: { 'content-type': 'text/html' } }),
  })
  let browser: Browser
  let script: Page
  let gateway: Awaited<ReturnType<typeof listen>> & { readonly server: Listening }

  beforeAll(async () => {
    ;[browser, gateway] = await Promise.all([launch(executable), listen(page.url.origin)])
    script = (await open(browser, page.url.href)).page
  }, 60_000)
  afterAll(async () => {
    await Promise.all([browser?.close(), gateway?.server.stop(), page.stop(true)])
  })

  /** What the script gets of one call: nothing at all when the browser keeps the answer from it. */
  const fetched = ({ path, headers, ...init }: Asked) =>
    script.evaluate(
      async ([url, sent, names]) => {
        const answer = await fetch(url, sent)
        const text = await answer.text()
        const code: unknown = answer.ok || text === '' ? undefined : JSON.parse(text).code
        return { status: answer.status, code, headers: names.map((name) => [name, answer.headers.get(name)] as const) }
      },
      [
        gateway.server.url + path,
        { ...init, headers: { authorization: gateway.authorization, ...headers } },
        EXPOSED,
      ] as const,
    )

  test.each(CASES)('reads a %d and all that the headers of it tell', async (status, asked, present, code) => {
    if (status === 429) for (let n = 0; n < 2; n++) expect((await fetched(asked)).status).toBe(200)
    const seen = await fetched(asked)
    expect([seen.status, seen.code]).toEqual([status, code])
    const headers = new Map(seen.headers)
    for (const name of present) expect([name, headers.get(name)]).toEqual([name, expect.stringMatching(/./)])
    // Whatever of these headers was sent has reached the script.
    const sent = gateway.answered.get(headers.get('x-correlation-id') ?? '')
    expect(seen.headers).toEqual(EXPOSED.map((name) => [name, sent?.get(name) ?? null]))
  })

  test('asks leave once for calls that are alike, and is told nothing where the origin is not allowed', async () => {
    const asked = { method: 'PATCH', path: '/v1/batches/b-1/prompt', body: '{}' }
    const patch = { ...asked, headers: { 'content-type': 'application/json' } }
    for (let n = 0; n < 2; n++) expect((await fetched(patch)).status).toBe(422)
    expect(gateway.preflights.filter((path) => path === asked.path)).toHaveLength(1)

    const { page: stranger } = await open(browser, page.url.href.replace('localhost', '127.0.0.1'))
    const told = (url: string) =>
      stranger.evaluate(
        (url) =>
          fetch(url).then(
            () => 'something',
            () => 'nothing',
          ),
        url,
      )
    expect(await told(`${gateway.server.url}/healthz`)).toBe('nothing')
  })
})
