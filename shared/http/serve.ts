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

/** Listens. Throws a PortError with one clear line when the port is taken or not allowed. */
export const serve = ({ name, host, port, fetch }: ServeOptions): Listening => {
  try {
    const server = Bun.serve<SocketData>({ hostname: host, port, fetch, idleTimeout: 60, websocket: socketHandlers })
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
