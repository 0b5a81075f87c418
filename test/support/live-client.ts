import { type SseEvent, sseEvents } from './sse.ts'

export interface LiveClientOptions {
  /** Gateways, asked one after the other: when one is gone the next is tried. */
  readonly urls: readonly string[]
  /** With a leading slash. */
  readonly path: string
  readonly authorization: string
}

/** A client as a front end would write it: it connects again wherever it can, and goes on after the last id. */
export const followLive = ({ urls, path, authorization }: LiveClientOptions) => {
  const abort = new AbortController()
  const ids: number[] = []
  const events: SseEvent[] = []
  const connected: string[] = []
  let connections = 0

  const read = async (url: string): Promise<void> => {
    const last = ids.at(-1)
    const response = await fetch(url + path, {
      headers: { authorization, ...(last === undefined ? {} : { 'last-event-id': String(last) }) },
      signal: abort.signal,
    })
    if (!response.ok) throw new Error(`answered ${response.status}`)
    connected.push(url)
    for await (const event of sseEvents(response)) {
      events.push(event)
      if (event.event === 'snapshot') ids.push(Number(event.id))
    }
  }
  const following = (async () => {
    while (!abort.signal.aborted) {
      await read(urls[connections++ % urls.length] ?? '').catch(() => {})
      if (!abort.signal.aborted) await Bun.sleep(20)
    }
  })()

  return {
    ids,
    events,
    /** The gateways that served it, in order. */
    connected,
    async stop(): Promise<void> {
      abort.abort()
      await following
    },
  }
}
