import { type LiveEvent, readEvents } from '../../../console/client/live/events.ts'
import { followBatch } from '../../../console/client/live/follow-batch.ts'
import { createSignedFetch } from '../../../console/client/signed-fetch.ts'
import type { BatchSnapshot } from '../../../console/client/types.ts'

/** A client of the console that follows one batch, and what became of its streams. */
export interface Watcher {
  readonly batchId: string
  /** The state that it shows. */
  shown(): BatchSnapshot | undefined
  /** How many streams it has opened. */
  streams(): number
  /** How many snapshots came over them. */
  snapshots(): number
  /** Each id that was no larger than one before it, on whatever stream; each step back of what is shown; each refusal. */
  readonly wrong: readonly string[]
  stop(): void
}

export interface WatcherOptions {
  readonly baseUrl: string
  readonly token: string
  readonly batchId: string
}

/** The client as the console has it; what comes from the wire is looked at before the client can put it in order. */
export const createWatcher = ({ baseUrl, token, batchId }: WatcherOptions): Watcher => {
  const signed = createSignedFetch(() => token, fetch)
  const url = `${baseUrl}/v1/batches/${encodeURIComponent(batchId)}/events`
  const wrong: string[] = []
  let shown: BatchSnapshot | undefined
  let newest = -1
  let streams = 0
  let snapshots = 0

  async function* overheard(events: AsyncIterable<LiveEvent>): AsyncGenerator<LiveEvent> {
    streams += 1
    for await (const event of events) {
      if (event.event === 'snapshot') {
        const { revision } = event.snapshot.details
        snapshots += 1
        if (revision <= newest) wrong.push(`${batchId}: ${revision} came after ${newest}`)
        newest = Math.max(newest, revision)
      }
      yield event
    }
  }
  const stop = followBatch(
    {
      events: (input) => overheard(readEvents(signed, { ...input, url })),
      // Nothing on this way holds streams back, so a client that begins to ask instead of listening has found a fault.
      async poll() {
        wrong.push(`${batchId}: there was no stream to be had`)
        return { snapshot: undefined, etag: undefined }
      },
      onWake: () => () => {},
    },
    ({ batch, connection, problem }) => {
      if (connection === 'refused') wrong.push(`${batchId}: refused, ${problem?.problem.detail}`)
      const before = shown?.details.revision ?? -1
      if (batch && batch.details.revision < before)
        wrong.push(`${batchId}: showed ${batch.details.revision} after ${before}`)
      shown = batch
    },
  )
  return { batchId, shown: () => shown, streams: () => streams, snapshots: () => snapshots, wrong, stop }
}
