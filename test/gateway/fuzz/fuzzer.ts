import { connect } from 'node:net'
import { rawRequest, seeded } from './requests.ts'

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

/** One connection a request: what the server answers first, if it answers. */
const send = (port: number, bytes: Uint8Array, cut: number, patienceMs: number): Promise<string> =>
  new Promise((resolve) => {
    let answer = ''
    const socket = connect({ port, host: '127.0.0.1' })
    const timer = setTimeout(() => socket.destroy(), patienceMs)
    socket.on('connect', () => {
      socket.write(bytes.subarray(0, cut))
      setImmediate(() => socket.write(bytes.subarray(cut)))
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
      const { bytes, cut } = rawRequest(random, authorization)
      const status = await send(port, bytes, cut, patienceMs)
      statuses.set(status, (statuses.get(status) ?? 0) + 1)
    }
  }
  await Promise.all(Array.from({ length: connections }, worker))
  return statuses
}

/** What no request may be answered with. 505 is right for a version of HTTP that there is not. */
export const isFailure = (status: string): boolean => status.startsWith('5') && status !== '505'
