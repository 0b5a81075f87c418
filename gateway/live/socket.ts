import type { SocketListener } from '../../shared/http/sockets.ts'
import { MESSAGE_HEARTBEAT } from './frames.ts'
import type { Stream } from './streams.ts'

/** Bytes that may wait in the socket's own buffer before newer snapshots replace older ones in the outbox. */
const BUFFER = 16_384
const GOING_AWAY = 1001

/** A stream over a WebSocket. What the client sends is not read: there is nothing to say to a stream. */
export const socketListener = (stream: Stream): SocketListener => ({
  open(socket) {
    stream.attach({
      ready: () => socket.buffered() < BUFFER,
      write: (frame) => socket.send(frame.message()),
      heartbeat: () => socket.send(MESSAGE_HEARTBEAT),
      end: () => socket.close(GOING_AWAY, 'the last message says why'),
      abort: () => socket.terminate(),
    })
  },
  drain: () => stream.pump(),
  close: () => stream.close(),
})
