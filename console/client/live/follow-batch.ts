import type { ProblemError } from '../problem.ts'
import type { BatchSnapshot } from '../types.ts'
import type { EventsInput, LiveEvent } from './events.ts'
import { type Connection, keepFollowing, type Waiting } from './keep-following.ts'

export interface LiveBatch {
  /** The newest state that was heard of; it never goes back to an older revision. */
  readonly batch: BatchSnapshot | undefined
  readonly connection: Connection
  readonly problem: ProblemError | undefined
}

export interface FollowDeps extends Waiting {
  readonly events: (input: Omit<EventsInput, 'url'>) => AsyncIterable<LiveEvent>
  /** The state, if it is no more that of this ETag. */
  readonly poll: (etag: string | undefined, signal: AbortSignal) => Promise<Polled>
}

export interface Polled {
  /** Undefined when nothing has changed. */
  readonly snapshot: BatchSnapshot | undefined
  readonly etag: string | undefined
}

/** Milliseconds between two looks without a stream, while work goes on and while it does not. */
const BUSY_MS = 2_000
const IDLE_MS = 8_000

/** Tells every change of a batch until the answer is called, whatever happens to the gateway meanwhile. */
export const followBatch = (deps: FollowDeps, listener: (live: LiveBatch) => void): (() => void) => {
  const stopping = new AbortController()
  let live: LiveBatch = { batch: undefined, connection: 'connecting', problem: undefined }
  let etag: string | undefined

  const tell = (change: Partial<LiveBatch>): void => {
    if (stopping.signal.aborted) return
    const next = { problem: undefined, batch: live.batch, connection: live.connection, ...change }
    if (next.batch === live.batch && next.connection === live.connection && next.problem === live.problem) return
    live = next
    listener(live)
  }
  const show = (snapshot: BatchSnapshot, connection: Connection): void => {
    const isNewer = live.batch === undefined || snapshot.details.revision > live.batch.details.revision
    tell({ connection, ...(isNewer ? { batch: snapshot } : {}) })
  }

  const source = {
    events: (input: Pick<EventsInput, 'signal' | 'onRetry'>) =>
      deps.events({ ...input, after: live.batch?.details.revision }),
    async look(signal: AbortSignal) {
      const polled = await deps.poll(etag, signal)
      etag = polled.etag
      if (polled.snapshot) show(polled.snapshot, 'polling')
      else tell({ connection: 'polling' })
      return isBusy(live.batch) ? BUSY_MS : IDLE_MS
    },
    heard(event: LiveEvent) {
      if (event.event === 'snapshot') show(event.snapshot, 'live')
      else tell({ connection: event.event === 'hold' ? 'holding' : 'live' })
    },
    connection: (connection: Connection, problem?: ProblemError) => tell({ connection, problem }),
  }
  void keepFollowing(source, deps, stopping.signal)
  return () => stopping.abort()
}

const UNDECIDED: readonly string[] = ['waiting_for_content', 'planning']

const isBusy = (batch: BatchSnapshot | undefined): boolean =>
  batch === undefined ||
  batch.status === 'processing' ||
  batch.status === 'pending_content' ||
  batch.details.requests.some(({ verdict }) => UNDECIDED.includes(verdict))
