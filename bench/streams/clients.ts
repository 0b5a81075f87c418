/**
 * Many readers of server-sent events in a process of their own, told what to do by the figure that started it: it opens
 * plain sockets, since an HTTP client's own cost would be measured too.
 */
import { percentile } from '../figure.ts'
import type { Order, Report } from './orders.ts'

const ID = /^id: (\d+)$/gm

/** Microseconds since 1970. */
const now = (): number => (performance.timeOrigin + performance.now()) * 1_000

interface Reader {
  /** The last id that came. */
  last: number
  /** What came after the last line break. */
  rest: string
  opened: (() => void) | undefined
}

const readers: Reader[] = []
const latencies: number[] = []
let closed = 0
let measuredFrom = Number.POSITIVE_INFINITY
const decoder = new TextDecoder()

const take = (reader: Reader, bytes: Uint8Array): void => {
  const text = reader.rest + decoder.decode(bytes)
  const end = text.lastIndexOf('\n') + 1
  reader.rest = text.slice(end)
  for (const [, id] of text.slice(0, end).matchAll(ID)) {
    const revision = Number(id)
    if (revision <= reader.last) throw new Error(`an id went back: ${reader.last}, ${revision}`)
    reader.last = revision
    if (revision > measuredFrom) latencies.push((now() - revision) / 1_000)
    reader.opened?.()
  }
  if (reader.last === 0 && text.startsWith('HTTP/1.1 ') && !text.startsWith('HTTP/1.1 200')) throw new Error(text)
}

const open = async ({ host, port, path, authorization }: Order & { type: 'open' }, n: number): Promise<void> => {
  const opened = Promise.withResolvers<void>()
  const reader: Reader = { last: 0, rest: '', opened: opened.resolve }
  readers[n] = reader
  await Bun.connect({
    hostname: host,
    port,
    socket: {
      open(socket) {
        socket.write(
          `GET ${path.replace('{n}', String(n))} HTTP/1.1\r\nhost: bench\r\nauthorization: ${authorization}\r\n\r\n`,
        )
      },
      data: (_, bytes) => take(reader, bytes),
      close() {
        closed++
      },
    },
  })
  await opened.promise
}

const answer = (report: Report): void => {
  process.send?.(report)
}

process.on('message', async (order: Order) => {
  if (order.type === 'open') {
    let next = 0
    const worker = async (): Promise<void> => {
      for (let n = next++; n < order.count; n = next++) await open(order, n)
    }
    await Promise.all(Array.from({ length: 100 }, worker))
    answer({ type: 'opened' })
  } else if (order.type === 'measure') {
    measuredFrom = order.from
    answer({ type: 'measuring' })
  } else {
    const [p50, p99] = latencies.length === 0 ? [Number.NaN, Number.NaN] : [50, 99].map((p) => percentile(latencies, p))
    answer({ type: 'report', closed, received: latencies.length, p50, p99, last: readers.map(({ last }) => last) })
  }
})
