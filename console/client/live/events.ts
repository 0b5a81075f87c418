import { EventSourceParserStream } from 'eventsource-parser/stream'
import { problemOf, UnreachableError } from '../problem.ts'
import type { Fetch } from '../signed-fetch.ts'
import type { BatchSnapshot } from '../types.ts'

/** What a stream says. */
export type LiveEvent =
  | { readonly event: 'snapshot'; readonly snapshot: BatchSnapshot }
  /** The state behind is being brought up to date, or cannot be read: what was shown last may not be the newest. */
  | { readonly event: 'hold' }
  /** What was shown last is the newest. */
  | { readonly event: 'live' }
  | { readonly event: 'end' }

/** There is no stream to be had here: the route is missing, or something on the way does not let streams through. */
export class NoStreamError extends Error {
  override name = 'NoStreamError'
}

export interface EventsInput {
  readonly url: string
  /** The revision that is known already. */
  readonly after: number | undefined
  readonly signal: AbortSignal
  /** The server's wish for the pause before a next try, milliseconds. */
  readonly onRetry: (ms: number) => void
}

/** A server sends something at least every 15 seconds; a stream that is silent for longer than this is dead. */
const SILENCE_MS = 40_000

/** Reads one stream until it ends. Rejects with a ProblemError, an UnreachableError or a NoStreamError. */
export async function* readEvents(fetch: Fetch, input: EventsInput): AsyncGenerator<LiveEvent> {
  const stalled = new AbortController()
  const signal = AbortSignal.any([input.signal, stalled.signal])
  let timer: ReturnType<typeof setTimeout> | undefined
  const heard = () => {
    clearTimeout(timer)
    timer = setTimeout(() => stalled.abort(new UnreachableError('The stream has gone silent.')), SILENCE_MS)
  }
  try {
    heard()
    const headers = new Headers({ accept: 'text/event-stream' })
    if (input.after !== undefined) headers.set('last-event-id', String(input.after))
    const response = await fetch(new Request(input.url, { headers, signal, cache: 'no-store' }))
    if (!response.ok) throw await refusal(response)
    const { body } = response
    if (!body || !response.headers.get('content-type')?.startsWith('text/event-stream')) {
      await body?.cancel()
      throw new NoStreamError('This is no event stream.')
    }
    const listening = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
      transform(chunk, controller) {
        heard()
        controller.enqueue(chunk)
      },
    })
    const messages = body
      .pipeThrough(listening)
      .pipeThrough(new TextDecoderStream())
      .pipeThrough(new EventSourceParserStream({ onRetry: input.onRetry }))
      .getReader()
    for (;;) {
      const { done, value } = await messages.read()
      if (done) return
      const event = eventOf(value.event ?? 'message', value.data)
      if (event) yield event
    }
  } catch (cause) {
    if (input.signal.aborted) return
    if (cause instanceof Error && cause.name !== 'TypeError' && cause.name !== 'AbortError') throw cause
    throw new UnreachableError('The stream was cut off.', { cause })
  } finally {
    clearTimeout(timer)
    stalled.abort()
  }
}

const refusal = async (response: Response): Promise<Error> => {
  const body: unknown = await response.json().catch(() => undefined)
  const error = problemOf(response, body)
  const isMissing = error.status === 404 && error.problem.reason !== 'unknown_batch'
  const isTooMany = error.problem.reason === 'too_many_streams'
  return isMissing || isTooMany || [405, 406, 501].includes(error.status)
    ? new NoStreamError(error.message, { cause: error })
    : error
}

/** Undefined for what a newer server may send and we do not know. */
const eventOf = (event: string, data: string): LiveEvent | undefined => {
  if (event === 'hold' || event === 'live' || event === 'end') return { event }
  if (event !== 'snapshot') return undefined
  const snapshot: unknown = JSON.parse(data)
  return isSnapshot(snapshot) ? { event, snapshot } : undefined
}

const isSnapshot = (value: unknown): value is BatchSnapshot => {
  if (typeof value !== 'object' || value === null || !('details' in value)) return false
  const { details } = value
  return typeof details === 'object' && details !== null && 'revision' in details && 'batch_id' in details
}
