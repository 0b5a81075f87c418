import { expect, test } from 'bun:test'
import { connect } from 'node:net'
import { PortError, serve } from '../../../shared/http/serve.ts'

const ok = () => new Response('ok')

test('a port that is taken is one clear line', async () => {
  const first = serve({ name: 'gateway', host: '127.0.0.1', port: 0, fetch: ok })
  const port = Number(new URL(first.url).port)
  const second = () => serve({ name: 'conductor', host: '127.0.0.1', port, fetch: ok })
  expect(second).toThrow(PortError)
  expect(second).toThrow(`conductor: port ${port} on 127.0.0.1 is in use: stop what listens there, or set another port`)
  await first.stop()
})

test('an address that is not ours is one clear line too', () => {
  expect(() => serve({ name: 'gateway', host: '192.0.2.1', port: 0, fetch: ok })).toThrow(PortError)
})

test('stopping finishes what is in hand, takes nothing new, and does not wait for idle connections', async () => {
  const arrived = Promise.withResolvers<void>()
  const released = Promise.withResolvers<void>()
  const { url, stop } = serve({
    name: 'gateway',
    host: '127.0.0.1',
    port: 0,
    async fetch(request) {
      if (new URL(request.url).pathname === '/idle') return ok()
      arrived.resolve()
      await released.promise
      return new Response('finished')
    },
  })
  await (await fetch(`${url}/idle`, { keepalive: true })).text()
  const inHand = fetch(url, { keepalive: false })
  await arrived.promise
  const stopped = stop()
  await expect(fetch(url, { keepalive: false })).rejects.toThrow()
  released.resolve()
  expect(await (await inHand).text()).toBe('finished')
  await stopped
})

test('a body that is far too large is refused by the app, in its own words', async () => {
  const { url, stop } = serve({
    name: 'gateway',
    host: '127.0.0.1',
    port: 0,
    fetch: (request) => new Response(request.headers.get('content-length'), { status: 413 }),
  })
  const answer = Promise.withResolvers<string>()
  const socket = connect(Number(new URL(url).port), '127.0.0.1', () =>
    socket.write('POST / HTTP/1.1\r\nHost: gateway\r\nContent-Length: 500000000\r\n\r\n{'),
  )
  let text = ''
  socket.on('data', (data) => {
    text += data.toString()
    if (text.includes('\r\n\r\n')) answer.resolve(text)
  })
  socket.on('close', () => answer.resolve(text))
  expect(await answer.promise).toEndWith('500000000')
  socket.destroy()
  await stop()
})
