import { SSE_HEARTBEAT, sseRetry } from './frames.ts'
import type { Stream } from './streams.ts'

/** No proxy may change, cache or hold back what a stream says (nginx reads the last one). */
const HEADERS = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-cache, no-transform',
  'x-accel-buffering': 'no',
}

/**
 * A stream as an answer of server-sent events. At most one event waits in the answer's own queue: whatever else there is
 * to say waits in the outbox, where newer replaces older.
 */
export const sseResponse = (stream: Stream, random: () => number = Math.random): Response => {
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(sseRetry(random))
      stream.attach({
        ready: () => (controller.desiredSize ?? 0) > 0,
        write: (frame) => controller.enqueue(frame.sse()),
        heartbeat: () => controller.enqueue(SSE_HEARTBEAT),
        end: () => controller.close(),
        abort: () => controller.error(new Error('the reader does not read')),
      })
    },
    pull: () => stream.pump(),
    cancel: () => stream.close(),
  })
  return new Response(body, { headers: HEADERS })
}
