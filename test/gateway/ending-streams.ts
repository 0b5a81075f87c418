import { createServer, request } from 'node:http'

/** Milliseconds after which a stream of events is ended. */
const STREAM_MS = 150

/** Passes every request on to a gateway, and ends what would go on for ever: a tool that reads answers to their end can so read streams. */
export const endStreams = async (port: number, target: number): Promise<() => Promise<void>> => {
  const server = createServer((asked, answer) => {
    const { method, url, headers } = asked
    const passed = request({ host: '127.0.0.1', port: target, path: url, method, headers }, (got) => {
      answer.writeHead(got.statusCode ?? 502, got.headers)
      got.pipe(answer)
      if (!got.headers['content-type']?.includes('event-stream')) return
      setTimeout(() => {
        got.unpipe(answer)
        answer.end()
        passed.destroy()
      }, STREAM_MS)
    })
    passed.on('error', () => answer.destroy())
    asked.pipe(passed)
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  return () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
}
