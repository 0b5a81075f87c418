import { isPassing, ProblemError } from '../problem.ts'
import type { BatchSnapshot } from '../types.ts'
import { createBackoff, pause, type WakeHook } from './backoff.ts'
import { type EventsInput, type LiveEvent, NoStreamError } from './events.ts'

/** How fresh what is shown is. */
export type Connection =
  /** Nothing has come yet. */
  | 'connecting'
  /** Every change is shown as it happens. */
  | 'live'
  /** There is no stream here, so the state is asked for every few seconds. */
  | 'polling'
  /** The gateway brings its own state up to date; what is shown may not be the newest. */
  | 'holding'
  /** The gateway does not answer; tried again, for as long as it takes. */
  | 'reconnecting'
  /** Over, and `problem` says why: not signed in, no such batch, not yours. */
  | 'refused'

export interface LiveBatch {
  /** The newest state that was heard of; it never goes back to an older revision. */
  readonly batch: BatchSnapshot | undefined
  readonly connection: Connection
  readonly problem: ProblemError | undefined
}

export interface FollowDeps {
  readonly events: (input: Omit<EventsInput, 'url'>) => AsyncIterable<LiveEvent>
  /** The state, or undefined when it is still that of this ETag. */
  readonly poll: (etag: string | undefined, signal: AbortSignal) => Promise<Polled>
  readonly onWake: WakeHook
  readonly random?: () => number
}

export interface Polled {
  /** Undefined when nothing has changed. */
  readonly snapshot: BatchSnapshot | undefined
  readonly etag: string | undefined
}

/** Milliseconds between two looks without a stream, while work goes on and while it does not. */
const BUSY_MS = 2_000
const IDLE_MS = 8_000
/** Milliseconds after which a stream is tried again where there was none. */
const STREAM_AGAIN_MS = 60_000

/** Tells every change of a batch until it is stopped, whatever happens to the gateway meanwhile. */
export const followBatch = (deps: FollowDeps, listener: (live: LiveBatch) => void): (() => void) => {
  const { events, poll, onWake, random } = deps
  const stopping = new AbortController()
  const { signal } = stopping
  const backoff = createBackoff(undefined, random)
  let live: LiveBatch = { batch: undefined, connection: 'connecting', problem: undefined }

  const tell = (change: Partial<LiveBatch>): void => {
    if (signal.aborted) return
    const next = { problem: undefined, batch: live.batch, connection: live.connection, ...change }
    if (next.batch === live.batch && next.connection === live.connection && next.problem === live.problem) return
    live = next
    listener(live)
  }
  const show = (snapshot: BatchSnapshot, connection: Connection): void => {
    const isNewer = live.batch === undefined || snapshot.details.revision > live.batch.details.revision
    tell({ connection, ...(isNewer ? { batch: snapshot } : {}) })
  }

  const stream = async (): Promise<void> => {
    const after = live.batch?.details.revision
    for await (const heard of events({ after, signal, onRetry: backoff.base })) {
      backoff.reset()
      if (heard.event === 'snapshot') show(heard.snapshot, 'live')
      else if (heard.event === 'end') return
      else tell({ connection: heard.event === 'hold' ? 'holding' : 'live' })
    }
  }

  const pollFor = async (ms: number): Promise<void> => {
    const until = Date.now() + ms
    let etag: string | undefined
    while (!signal.aborted && Date.now() < until) {
      const polled = await poll(etag, signal)
      backoff.reset()
      etag = polled.etag
      if (polled.snapshot) show(polled.snapshot, 'polling')
      else tell({ connection: 'polling' })
      await pause(isBusy(live.batch) ? BUSY_MS : IDLE_MS, signal, onWake)
    }
  }

  const follow = async (): Promise<void> => {
    while (!signal.aborted) {
      try {
        try {
          await stream()
        } catch (thrown) {
          if (!(thrown instanceof NoStreamError)) throw thrown
          await pollFor(STREAM_AGAIN_MS)
          continue
        }
        await pause(backoff.next(), signal, onWake)
      } catch (thrown) {
        if (signal.aborted) return
        const problem = thrown instanceof ProblemError ? thrown : undefined
        if (problem && !isPassing(problem) && problem.status !== 500) return tell({ connection: 'refused', problem })
        tell({ connection: 'reconnecting', problem })
        await pause(Math.max(problem?.retryAfterMs ?? 0, backoff.next()), signal, onWake)
      }
    }
  }
  void follow()
  return () => stopping.abort()
}

const UNDECIDED: readonly string[] = ['waiting_for_content', 'planning']

const isBusy = (batch: BatchSnapshot | undefined): boolean =>
  batch === undefined ||
  batch.status === 'processing' ||
  batch.status === 'pending_content' ||
  batch.details.requests.some(({ verdict }) => UNDECIDED.includes(verdict))
