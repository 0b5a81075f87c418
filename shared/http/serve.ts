import { asError } from '../errors.ts'
import { type SocketData, socketHandlers, type Upgrade } from './sockets.ts'

/** The port cannot be listened on; the message is for the person who starts the service. */
export class PortError extends Error {
  override name = 'PortError'
}

export interface ServeOptions {
  readonly name: string
  readonly host: string
  readonly port: number
  readonly fetch: (request: Request, server: Bun.Server<SocketData>) => Response | Promise<Response>
}

export interface Listening {
  readonly url: string
  readonly upgrade: Upgrade
  /** Accepts nothing new, and resolves when what is in hand has been answered. */
  stop(): Promise<void>
}

/**
 * Bytes of a body beyond which Bun refuses by itself, without the headers that let a browser show why: far more than any app
 * takes, so that the app does. A body that is not read is thrown away as it comes in; memory stayed flat at 400 MB.
 */
const MAX_BODY_BYTES = 1_000_000_000

/** Listens. Throws a PortError with one clear line when the port is taken or not allowed. */
export const serve = ({ name, host, port, fetch }: ServeOptions): Listening => {
  try {
    const server = Bun.serve<SocketData>({
      ...{ hostname: host, port, fetch, websocket: socketHandlers },
      idleTimeout: 60,
      maxRequestBodySize: MAX_BODY_BYTES,
    })
    return {
      url: `http://${host}:${server.port}`,
      upgrade: (request, listener) => server.upgrade(request, { data: { listener } }),
      stop: () => server.stop(),
    }
  } catch (cause) {
    const inUse = /EADDRINUSE|in use/i.test(`${Reflect.get(asError(cause), 'code')} ${asError(cause).message}`)
    const why = inUse
      ? 'is in use: stop what listens there, or set another port'
      : `cannot be used: ${asError(cause).message}`
    throw new PortError(`${name}: port ${port} on ${host} ${why}`, { cause })
  }
}
