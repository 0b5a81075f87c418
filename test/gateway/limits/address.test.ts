import { afterEach, describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import type { AuditEntry } from '../../../gateway/audit/port.ts'
import { clientAddress } from '../../../gateway/limits/address.ts'
import { createLocalRateLimitStore } from '../../../gateway/limits/local.ts'
import { serve } from '../../../shared/http/serve.ts'
import { openGateway } from '../open-gateway.ts'

const SOCKET = '10.0.0.9'

const cleanups: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup()
})

test.each([
  ['without proxies the header is not looked at', '1.2.3.4', 0, SOCKET],
  ['behind one proxy the last entry counts, not what the client wrote before it', '6.6.6.6, 1.2.3.4', 1, '1.2.3.4'],
  ['behind two the one before the last', '6.6.6.6, 1.2.3.4, 10.0.0.8', 2, '1.2.3.4'],
  ['a proxy that was passed by leaves what the nearest one saw', '1.2.3.4', 2, '1.2.3.4'],
  ['without the header it is who connected', null, 1, SOCKET],
  ['what is no address counts as nothing', '<script>', 1, SOCKET],
  ['of IPv6 the network counts, as one customer has all of it', '2001:db8:0:1:aaaa::1', 1, '2001:db8:0:1::/64'],
  ['its short spelling is the same network', '2001:0DB8::1:0:0:0:7', 1, '2001:db8:0:1::/64'],
  ['IPv4 within IPv6 is IPv4', '::ffff:1.2.3.4', 1, '1.2.3.4'],
])('%s', (_, forwarded, hops, expected) => {
  expect(clientAddress(SOCKET, forwarded, hops)).toBe(expected)
})

test('whatever a client writes into the header, it counts for the address that our proxy saw', () => {
  fc.assert(
    fc.property(fc.string(), fc.ipV4(), (forged, seen) => {
      expect(clientAddress(SOCKET, `${forged}, ${seen}`, 1)).toBe(seen)
      expect(clientAddress(SOCKET, forged, 0)).toBe(SOCKET)
    }),
  )
})

/** No length can be told of it before. */
const inPieces = (text: string) => {
  const bytes = new TextEncoder().encode(text)
  let at = 0
  return new ReadableStream<Uint8Array>({
    pull(controller) {
      if (at >= bytes.length) return controller.close()
      controller.enqueue(bytes.subarray(at, at + 50_000))
      at += 50_000
    },
  })
}

describe('a body that comes in chunks', () => {
  /** A listening gateway that knows who connected, and what it noted and counted. */
  const listen = async () => {
    const peers = new WeakMap<Request, string>()
    const audit: AuditEntry[] = []
    const counted: string[] = []
    const framing: unknown[] = []
    const local = createLocalRateLimitStore({ clock: () => Date.now() * 1_000 })
    const { app, signIn } = await openGateway({
      peerOf: (request) => peers.get(request) ?? 'unknown',
      auditSink: (entry) => void audit.push(entry),
      limitStore: {
        take(budgets) {
          counted.push(...budgets.map(({ key }) => key))
          return local.take(budgets)
        },
      },
    })
    const signedIn = await signIn()
    counted.splice(0)
    const { url, stop } = serve({
      ...{ name: 'gateway', host: '127.0.0.1', port: 0 },
      fetch(request, server) {
        framing.push([request.headers.get('content-length'), request.headers.get('transfer-encoding')])
        peers.set(request, server.requestIP(request)?.address ?? 'unknown')
        return app.fetch(request)
      },
    })
    cleanups.push(stop)
    const send = async (text: string, headers: Record<string, string> = {}) => {
      const answer = await fetch(`${url}/v1/batches/b-1/pipelines`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: inPieces(text),
      })
      return answer.status
    }
    return { send, audit, counted, framing, signedIn }
  }

  test('is noted with the address of its connection', async () => {
    const { send, audit, framing, signedIn } = await listen()
    expect(await send('{"requested_pipeline":"nlp"}', signedIn)).toBe(202)
    expect(await send('{}')).toBe(401)
    expect(framing).toEqual([
      [null, 'chunked'],
      [null, 'chunked'],
    ])
    expect(audit.map(({ status, address }) => [status, address])).toEqual([
      [202, '127.0.0.1'],
      [401, '127.0.0.1'],
    ])
  })

  test('counts for the address of its connection, also when it is too large', async () => {
    const { send, counted } = await listen()
    expect(await send('{}')).toBe(401)
    expect(await send('x'.repeat(2_500_000))).toBe(413)
    expect(counted).toEqual(['address 127.0.0.1 refused', 'address 127.0.0.1 refused'])
  })
})
