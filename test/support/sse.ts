/** One event of a stream, as a client reads it. */
export interface SseEvent {
  readonly event: string
  readonly id: string | undefined
  readonly data: string
}

/** Reads a stream of server-sent events to its end, one event after the other; comments count as `heartbeat`. */
export async function* sseEvents(response: Response): AsyncGenerator<SseEvent> {
  if (!response.body) throw new Error('no body')
  let text = ''
  for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
    text += chunk
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      yield eventOf(text.slice(0, end))
      text = text.slice(end + 2)
    }
  }
}

const eventOf = (block: string): SseEvent => {
  if (block.startsWith(':')) return { event: 'heartbeat', id: undefined, data: '' }
  const fields = new Map(
    block.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()]),
  )
  if (fields.has('retry')) return { event: 'retry', id: undefined, data: fields.get('retry') ?? '' }
  return { event: fields.get('event') ?? 'message', id: fields.get('id'), data: fields.get('data') ?? '' }
}
