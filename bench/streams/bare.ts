/**
 * The ceiling: a server of nothing but event streams. Each second so many of them get an event of a snapshot's size, whose
 * id is the time at which it is sent.
 */
const [port = '0', changesPerSecond = '1000', bytes = '2000'] = process.argv.slice(2)
const TICK_MS = 10

const encoder = new TextEncoder()
const data = 'x'.repeat(Number(bytes))
const eventNow = (): Uint8Array => {
  const id = Math.floor((performance.timeOrigin + performance.now()) * 1_000)
  return encoder.encode(`event: snapshot\nid: ${id}\ndata: ${data}\n\n`)
}

const streams = new Set<ReadableStreamDefaultController<Uint8Array>>()
Bun.serve({
  hostname: '127.0.0.1',
  port: Number(port),
  idleTimeout: 0,
  fetch(request) {
    if (request.method === 'HEAD') return new Response()
    let own: ReadableStreamDefaultController<Uint8Array> | undefined
    const stream = new ReadableStream<Uint8Array>({
      start(controller) {
        own = controller
        streams.add(controller)
        controller.enqueue(eventNow())
      },
      cancel() {
        if (own) streams.delete(own)
      },
    })
    return new Response(stream, { headers: { 'content-type': 'text/event-stream' } })
  },
})

// Events begin when it is told, so that opening is not measured.
process.once('SIGUSR2', () => {
  let turn = streams.values()
  setInterval(() => {
    for (let n = 0; n < (Number(changesPerSecond) * TICK_MS) / 1_000; n++) {
      const { done, value } = turn.next()
      if (done) turn = streams.values()
      else value.enqueue(eventNow())
    }
  }, TICK_MS)
})
