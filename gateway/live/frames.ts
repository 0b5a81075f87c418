import type { Cause } from '../../shared/store/changes/port.ts'

/** What a stream says. Everything but a heartbeat, which says nothing. */
export type LiveEvent = 'snapshot' | 'hold' | 'live' | 'end'

/** Why a snapshot may not be the newest for now. */
export type HoldReason = 'catching_up' | 'unavailable'

/** Why a stream ends. */
export type EndReason = 'token_expired' | 'draining'

/** One thing to say, whatever the transport. */
export interface Frame {
  readonly event: LiveEvent
  /** The revision that a client resumes from; none where there is no state to resume from. */
  readonly id: number | undefined
  /** JSON. */
  readonly data: string
  /** Recorded traces of the changes that this is the first to show. */
  readonly causes?: readonly Cause[]
  /** As an event of `text/event-stream`; made once, however many streams send it. */
  sse(): Uint8Array
  /** As a message of a WebSocket. */
  message(): string
}

const encoder = new TextEncoder()

export const frameOf = (event: LiveEvent, id: number | undefined, value: unknown): Frame =>
  frameOfText(event, id, JSON.stringify(value))

/** The same under another id. */
export const withId = ({ event, data }: Frame, id: number): Frame => frameOfText(event, id, data)

const frameOfText = (event: LiveEvent, id: number | undefined, data: string): Frame => {
  let bytes: Uint8Array | undefined
  return {
    event,
    id,
    data,
    sse() {
      // JSON has no line breaks of its own, so `data` is one line.
      bytes ??= encoder.encode(`event: ${event}\n${id === undefined ? '' : `id: ${id}\n`}data: ${data}\n\n`)
      return bytes
    },
    message: () => `{"event":"${event}",${id === undefined ? '' : `"id":${id},`}"data":${data}}`,
  }
}

export const holdFrame = (batchId: string, reason: HoldReason): Frame =>
  frameOf('hold', undefined, { batch_id: batchId, reason })

export const liveFrame = (batchId: string, revision: number): Frame =>
  frameOf('live', undefined, { batch_id: batchId, revision })

export const endFrame = (reason: EndReason): Frame => frameOf('end', undefined, { reason })

/** A comment: it keeps proxies and the connection awake, and no client shows it. */
export const SSE_HEARTBEAT = encoder.encode(':\n\n')

/** Milliseconds that an EventSource waits before it connects again; spread, so that not all come back at once. */
export const sseRetry = (random: () => number): Uint8Array =>
  encoder.encode(`retry: ${500 + Math.floor(random() * 1_500)}\n\n`)

/** Browsers do not show a WebSocket's pings to the page, and a page must notice that nothing comes any more. */
export const MESSAGE_HEARTBEAT = '{"event":"heartbeat"}'
