import { afterEach, expect, test } from 'bun:test'
import { connect, type Socket } from 'node:net'
import { z } from 'zod'
import { type Listening, serve } from '../../../shared/http/serve.ts'
import { change } from '../../shared/store/changes/contract.ts'
import { freePort } from '../../support/free-port.ts'
import { until } from '../../support/until.ts'
import { gateway, newerThan, statusOf } from '../support.ts'

/** The gateway's app behind a real port, with one batch of Ada's whose state is as large as a test says. */
const cleanups: (() => Promise<unknown> | unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

const open = async (
  options: { readonly filler?: number; readonly stallMs?: number; readonly clock?: () => number } = {},
) => {
  let revision = 17
  const current = () => {
    const { details, ...rest } = statusOf('b-1', 'ada')
    return { ...rest, details: { ...details, revision, student_prompt_ref: 'x'.repeat(options.filler ?? 0) } }
  }
  let listening: Listening | undefined
  const at = gateway({
    ...(options.clock ? { clock: options.clock } : {}),
    settings: { STREAM_STALL_MS: options.stallMs ?? 30_000, STREAM_HEARTBEAT_MS: 200 },
    conductor: {
      status: async (id) => (id === 'b-1' ? current() : undefined),
      newer: async (batches) =>
        batches.map(({ batch_id, revision: known }) =>
          newerThan(known, batch_id, batch_id === 'b-1' ? current() : undefined),
        ),
    },
    deps: { upgrade: (request, listener) => listening?.upgrade(request, listener) ?? false },
  })
  listening = serve({ name: 'test', host: '127.0.0.1', port: await freePort(), fetch: (r) => at.app.fetch(r) })
  const { url, stop } = listening
  at.live.start()
  cleanups.push(stop, () => at.live.drain())
  const { authorization } = await at.as()
  const ticket = async () => {
    const answer = await fetch(`${url}/v1/stream-tickets`, { method: 'POST', headers: { authorization } })
    return z.object({ ticket: z.string() }).parse(await answer.json()).ticket
  }
  const commit = (next: number) => {
    revision = next
    at.feed.publish([change('b-1', next)])
  }
  return { ...at, url, authorization, ticket, commit }
}

const Message = z.object({ event: z.string(), id: z.number().optional(), data: z.unknown().optional() })
const socket = (url: string) => {
  const ws = new WebSocket(url.replace('http', 'ws'))
  const seen: z.infer<typeof Message>[] = []
  let closed: { readonly code: number } | undefined
  ws.onmessage = ({ data }) => void seen.push(Message.parse(JSON.parse(String(data))))
  ws.onclose = ({ code }) => {
    closed = { code }
  }
  cleanups.push(() => ws.close())
  const upTo = (test: (seen: readonly z.infer<typeof Message>[]) => boolean, what = 'messages') =>
    until(() => test(seen), { timeoutMs: 5_000, what })
  return { ws, seen, upTo, closed: () => closed }
}

test('a WebSocket with a ticket gets the same snapshots, a heartbeat, and why it ends', async () => {
  const { url, ticket, commit, live, streamed } = await open()
  const { upTo, seen, closed } = socket(`${url}/v1/batches/b-1/ws?ticket=${await ticket()}&after=16`)
  await upTo((seen) => seen.some(({ id }) => id === 17))
  commit(18)
  await upTo((seen) => seen.some(({ id }) => id === 18))
  await upTo((seen) => seen.some(({ event }) => event === 'heartbeat'))
  expect(seen.flatMap(({ event, id }) => (event === 'snapshot' ? [id] : []))).toEqual([17, 18])
  expect(seen[0]?.data).toMatchObject({ status: 'ready', details: { batch_id: 'b-1', revision: 17 } })
  expect(streamed).toMatchObject({ open: 1, sent: 2 })
  await live.drain()
  await until(() => closed()?.code === 1001, { timeoutMs: 2_000, what: 'the socket to close' })
  expect(seen.at(-1)).toEqual({ event: 'end', data: { reason: 'draining' } })
})

test('a client that closes its WebSocket leaves nothing behind, whatever it has said', async () => {
  const { url, ticket, streamed } = await open()
  const { ws, upTo } = socket(`${url}/v1/batches/b-1/ws?ticket=${await ticket()}`)
  await upTo((seen) => seen.length > 0)
  ws.send('hello?')
  ws.close()
  await until(() => streamed.open === 0, { timeoutMs: 2_000, what: 'the stream to be over' })
})

test('what is no WebSocket, or nobody may see, is refused with a problem and opens nothing', async () => {
  const { url, authorization, ticket, streamed } = await open()
  const get = (path: string, headers: Record<string, string>) => fetch(url + path, { headers })
  const plain = await get('/v1/batches/b-1/ws', { authorization })
  expect([plain.status, plain.headers.get('upgrade')]).toEqual([426, 'websocket'])
  expect(await plain.json()).toMatchObject({ code: 'UPGRADE_REQUIRED' })
  expect((await get('/v1/batches/b-1/ws', { upgrade: 'websocket' })).status).toBe(401)
  // An Upgrade header alone does not make a handshake.
  expect((await get('/v1/batches/b-1/ws', { authorization, upgrade: 'websocket' })).status).toBe(426)
  const { upTo, closed } = socket(`${url}/v1/batches/nowhere/ws?ticket=${await ticket()}`)
  await until(() => closed(), { timeoutMs: 2_000, what: 'the socket to be refused' })
  await upTo((seen) => seen.length === 0)
  expect(streamed.open).toBe(0)
})

/** A client that sends a request and then reads nothing. */
const stuckClient = (url: string, path: string, headers: readonly string[]): Socket => {
  const client = connect(Number(new URL(url).port), '127.0.0.1')
  client.write(`${[`GET ${path} HTTP/1.1`, 'host: test', ...headers].join('\r\n')}\r\n\r\n`)
  client.pause()
  cleanups.push(() => client.destroy())
  return client
}

const HANDSHAKE = [
  ...['connection: Upgrade', 'upgrade: websocket', 'sec-websocket-version: 13'],
  'sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==',
]

test.each([
  ['events', []],
  ['ws', HANDSHAKE],
])(
  'a reader of /%s that does not read costs a bounded number of snapshots, and is cut off',
  async (route, more) => {
    // Goes on with the commits: a machine that stands still takes no time away in which newer ones replace older ones.
    let now = Date.now()
    const { url, authorization, commit, streamed } = await open({ filler: 1_000_000, stallMs: 1_000, clock: () => now })
    const client = stuckClient(url, `/v1/batches/b-1/${route}`, [`authorization: ${authorization}`, ...more])
    let revision = 17
    await until(
      () => {
        now += 50
        commit(++revision)
        return streamed.dropped === 1
      },
      { timeoutMs: 15_000, intervalMs: 50, what: 'the reader to be cut off' },
    )
    // What the sockets of both sides hold, a few megabytes, and not one snapshot a commit.
    expect(streamed.sent).toBeLessThan(12)
    expect(streamed.coalesced).toBeGreaterThan(5)
    expect(streamed.open).toBe(0)
    expect(client.destroyed).toBe(false)
  },
  40_000,
)

test('a slow reader of /events that reads again goes on with the newest state', async () => {
  const { url, authorization, commit, streamed } = await open({ filler: 1_000_000 })
  const client = stuckClient(url, '/v1/batches/b-1/events', [`authorization: ${authorization}`])
  let revision = 17
  await until(
    () => {
      commit(++revision)
      return streamed.coalesced > 20
    },
    { timeoutMs: 15_000, intervalMs: 50, what: 'snapshots to be left out' },
  )
  let text = ''
  client.on('data', (chunk) => {
    text += chunk.toString().replaceAll(/x{2,}/g, 'x')
  })
  client.resume()
  await until(() => text.includes(`id: ${revision}\n`), { timeoutMs: 10_000, what: 'the newest state' })
  const ids = [...text.matchAll(/^id: (\d+)$/gm)].map(([, id]) => Number(id))
  expect(ids).toEqual(ids.toSorted((a, b) => a - b))
  expect(ids.length).toBeLessThan(revision - 17)
}, 40_000)

test('a client of /events that goes away leaves nothing behind', async () => {
  const { url, authorization, streamed } = await open()
  const client = stuckClient(url, '/v1/batches/b-1/events', [`authorization: ${authorization}`])
  await until(() => streamed.sent === 1, { timeoutMs: 2_000, what: 'the first snapshot' })
  client.destroy()
  await until(() => streamed.open === 0, { timeoutMs: 2_000, what: 'the stream to be over' })
})
