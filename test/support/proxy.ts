import { connect, createServer, type Server, type Socket } from 'node:net'
import { createChance } from '../../simulator/chance.ts'

/** What a network does to those who speak over it. */
export type Weather =
  | { readonly kind: 'fair' }
  /** Nobody listens, and whoever was connected is cut off. */
  | { readonly kind: 'down' }
  /** Connections stand, and nothing comes through. */
  | { readonly kind: 'hangs' }
  /** Of the pieces that come through so many are the last of their connection, 0 to 1. */
  | { readonly kind: 'loses'; readonly share: number }
  /** Everything takes so much longer, milliseconds. */
  | { readonly kind: 'slow'; readonly ms: number }

export interface TestProxy {
  readonly port: number
  turn(weather: Weather): Promise<void>
  /** Connections that were cut off by chance so far. */
  lost(): number
  close(): Promise<void>
}

/**
 * Stands before a server on this machine and lets a test have its weather. Which piece is a connection's last follows from
 * the seed, the connection's number and the piece's: the same traffic meets the same fate.
 */
export const createProxy = async (port: number, target: number, seed = '1'): Promise<TestProxy> => {
  const chance = createChance(seed)
  const pairs = new Set<readonly Socket[]>()
  let weather: Weather = { kind: 'fair' }
  let connections = 0
  let lost = 0

  const pass = (from: Socket, to: Socket, name: string, cut: () => void): void => {
    let pieces = 0
    from.on('data', (piece) => {
      pieces += 1
      if (weather.kind === 'loses' && chance(name, pieces) < weather.share) {
        lost += 1
        return cut()
      }
      if (weather.kind === 'slow') setTimeout(() => to.write(piece), weather.ms)
      else if (!to.write(piece)) from.pause()
    })
    to.on('drain', () => {
      if (weather.kind !== 'hangs') from.resume()
    })
  }

  const accept = (near: Socket): void => {
    const far = connect(target, '127.0.0.1')
    const pair = [near, far]
    const number = connections++
    const cut = (): void => {
      pairs.delete(pair)
      for (const socket of pair) socket.destroy()
    }
    pairs.add(pair)
    for (const socket of pair) socket.on('error', cut).on('close', cut)
    pass(near, far, `${number} to`, cut)
    pass(far, near, `${number} from`, cut)
    if (weather.kind === 'hangs') for (const socket of pair) socket.pause()
  }

  let server: Server | undefined
  const listen = (): Promise<void> =>
    new Promise((resolve, reject) => {
      server = createServer(accept).once('error', reject).listen(port, '127.0.0.1', resolve)
    })
  const shut = async (): Promise<void> => {
    const closing = server
    server = undefined
    if (!closing) return
    const closed = new Promise<void>((resolve) => closing.close(() => resolve()))
    for (const [near, far] of pairs) {
      near?.destroy()
      far?.destroy()
    }
    await closed
  }
  await listen()

  return {
    port,
    async turn(next) {
      weather = next
      if (next.kind === 'down') return shut()
      if (!server) await listen()
      for (const socket of [...pairs].flat()) {
        if (next.kind === 'hangs') socket.pause()
        else socket.resume()
      }
    },
    lost: () => lost,
    close: shut,
  }
}
