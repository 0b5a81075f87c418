import { expect, test } from 'bun:test'
import { z } from 'zod'
import { PassingError, PublishError } from '../../../shared/errors.ts'
import { createJsonClient, type Fetch, UpstreamError } from '../../../shared/http/client.ts'

const CORRELATION = '4848e3a5-d5b1-4c67-972f-7fd205078a55'
const schema = z.object({ a: z.int() })

const ask = (fetch: Fetch, more: { readonly timeoutMs?: number; readonly signal?: AbortSignal } = {}) => {
  const client = createJsonClient({
    target: 'conductor',
    baseUrl: 'http://conductor.test',
    fetch,
    serviceId: 'gateway',
    internalKey: 'a-key-of-sixteen',
  })
  const call = {
    method: 'POST',
    path: '/internal/v1/x?y=1',
    body: { b: 2 },
    schema,
    correlationId: CORRELATION,
  } as const
  return client.call({ ...call, ...more })
}
const answer = (status: number, body: unknown) => () =>
  new Response(typeof body === 'string' ? body : JSON.stringify(body), { status })
const failure = (fetch: Fetch) => ask(fetch).catch((thrown: unknown) => thrown)

test('a call carries who asks, the key, the correlation id and its body, and gives what the schema reads', async () => {
  const seen: Request[] = []
  const result = await ask((request) => {
    seen.push(request)
    return Response.json({ a: 1, unknown: true })
  })
  expect(result).toEqual({ a: 1 })
  const [request] = seen
  expect(request?.url).toBe('http://conductor.test/internal/v1/x?y=1')
  expect(request?.method).toBe('POST')
  expect(Object.fromEntries(request?.headers ?? [])).toMatchObject({
    'x-service-id': 'gateway',
    'x-internal-api-key': 'a-key-of-sixteen',
    'x-correlation-id': CORRELATION,
    'content-type': 'application/json',
  })
  expect(await request?.json()).toEqual({ b: 2 })
})

test.each([429, 502, 503, 504])('a %d is passing', async (status) => {
  const error = await failure(answer(status, {}))
  expect(error).toBeInstanceOf(PassingError)
  expect(error).toMatchObject({ source: 'conductor' })
})

test('a connection that fails is passing, on a real port that nobody listens on', async () => {
  const server = Bun.serve({ port: 0, hostname: '127.0.0.1', fetch: () => new Response() })
  const { port } = server
  await server.stop(true)
  const client = createJsonClient({
    target: 'orchestrator',
    baseUrl: `http://127.0.0.1:${port}`,
    fetch,
    serviceId: 'gateway',
    internalKey: undefined,
  })
  const error = await client
    .call({ method: 'GET', path: '/', schema, correlationId: CORRELATION })
    .catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(PassingError)
  expect(error).toMatchObject({ source: 'orchestrator' })
})

/** A service that takes a request and never answers. */
const silence: Fetch = (request) =>
  new Promise((_, reject) => request.signal.addEventListener('abort', () => reject(request.signal.reason)))

test('an answer that does not come in time is passing', async () => {
  await expect(ask(silence, { timeoutMs: 5 })).rejects.toBeInstanceOf(PassingError)
})

test("the caller's own signal ends a call", async () => {
  const controller = new AbortController()
  const call = ask(silence, { signal: controller.signal })
  controller.abort()
  await expect(call).rejects.toBeInstanceOf(PassingError)
})

test('a body that breaks off is passing', async () => {
  const broken: Fetch = () =>
    new Response(
      new ReadableStream({
        start(controller) {
          controller.enqueue(new TextEncoder().encode('{"a":'))
          controller.error(new Error('reset'))
        },
      }),
    )
  await expect(ask(broken)).rejects.toBeInstanceOf(PassingError)
})

test('a service that catches up, and a publish that may have happened, stay what they are', async () => {
  expect(await failure(answer(503, { code: 'CATCHING_UP' }))).toMatchObject({ source: 'catching_up' })
  const publish = await failure(answer(503, { code: 'KAFKA_PUBLISH_ERROR', outcome: 'unknown' }))
  expect(publish).toBeInstanceOf(PublishError)
  expect(publish).toMatchObject({ outcome: 'unknown' })
})

test('a refusal carries its status and its problem', async () => {
  const problem = { code: 'CONFLICT', reason: 'moved', detail: 'Plan again.' }
  const error = await failure(answer(409, problem))
  expect(error).toBeInstanceOf(UpstreamError)
  expect(error).toMatchObject({ status: 409, problem })
})

test.each([
  ['a refusal that is no problem', 404, '<html>', 404],
  ['a success that is no JSON', 200, 'ok', 200],
  ['a success of another shape', 200, { a: 'one' }, 200],
])('%s is an error that does not pass', async (_, status, body, seen) => {
  const error = await failure(answer(status, body))
  expect(error).toBeInstanceOf(UpstreamError)
  expect(error).toMatchObject({ status: seen })
})
