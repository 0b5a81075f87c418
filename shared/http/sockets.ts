/** An accepted WebSocket, as an app sees it. */
export interface LiveSocket {
  send(text: string): void
  /** Bytes that the reader has not taken yet. */
  buffered(): number
  close(code: number, reason: string): void
  /** Without a goodbye. */
  terminate(): void
}

/** What becomes of a socket is told here. */
export interface SocketListener {
  open(socket: LiveSocket): void
  /** The reader has taken what waited. */
  drain(): void
  close(): void
}

/** Answers a request with a WebSocket; false when it does not ask for one. It belongs to the process, so it is given. */
export type Upgrade = (request: Request, listener: SocketListener) => boolean

/** What stands for a socket while it is open. */
export interface SocketData {
  readonly listener: SocketListener
}

/** Bytes of a message from a client. */
const MAX_PAYLOAD = 16_384

/** Bun's side of it. What clients send is not read: our sockets only tell. */
export const socketHandlers: Bun.WebSocketHandler<SocketData> = {
  maxPayloadLength: MAX_PAYLOAD,
  open(socket) {
    socket.data.listener.open({
      send: (text) => void socket.send(text),
      buffered: () => socket.getBufferedAmount(),
      close: (code, reason) => socket.close(code, reason),
      terminate: () => socket.terminate(),
    })
  },
  message() {},
  drain: (socket) => socket.data.listener.drain(),
  close: (socket) => socket.data.listener.close(),
}
