import { connect } from 'node:net'
import { type RawRequest, rawRequest, seeded } from './requests.ts'

export interface FuzzOptions {
  readonly port: number
  readonly count: number
  readonly seed: number
  readonly authorization: string
  /** Milliseconds that an answer may take before the connection is given up. */
  readonly patienceMs: number
  readonly connections: number
}

/** How often each status was answered; `none` where the connection was closed or given up without one. */
export type FuzzResult = ReadonlyMap<string, number>

/** Milliseconds between two bytes of what comes byte by byte. */
const DRIP_MS = 2

/** One connection a request: what the server answers first, if it answers. */
const send = (port: number, { bytes, cuts }: RawRequest, patienceMs: number): Promise<string> =>
  new Promise((resolve) => {
    let answer = ''
    const socket = connect({ port, host: '127.0.0.1' })
    const timer = setTimeout(() => socket.destroy(), patienceMs)
    socket.on('connect', () => {
      // Each piece in a packet of its own.
      socket.setNoDelay(true)
      const ends = [...cuts, bytes.length]
      const write = (n: number): void => {
        if (socket.destroyed || n === ends.length) return
        socket.write(bytes.subarray(ends[n - 1] ?? 0, ends[n]))
        if (n === 0 && ends.length === 2) setImmediate(write, 1)
        else setTimeout(write, DRIP_MS, n + 1)
      }
      write(0)
    })
    socket.on('data', (data) => {
      answer += data.toString('latin1')
      if (answer.includes('\r\n')) socket.destroy()
    })
    socket.on('error', () => {})
    socket.on('close', () => {
      clearTimeout(timer)
      resolve(/^HTTP\/1\.[01] (\d{3})/.exec(answer)?.[1] ?? 'none')
    })
  })

/** Sends so many raw requests, the same for the same seed. */
export const fuzz = async (options: FuzzOptions): Promise<FuzzResult> => {
  const { port, count, seed, authorization, patienceMs, connections } = options
  const random = seeded(seed)
  const statuses = new Map<string, number>()
  let left = count
  const worker = async (): Promise<void> => {
    while (left-- > 0) {
      const status = await send(port, rawRequest(random, authorization), patienceMs)
      statuses.set(status, (statuses.get(status) ?? 0) + 1)
    }
  }
  await Promise.all(Array.from({ length: connections }, worker))
  return statuses
}

/** What no request may be answered with. 505 is right for a version of HTTP that there is not. */
export const isFailure = (status: string): boolean => status.startsWith('5') && status !== '505'
