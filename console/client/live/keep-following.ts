import { isPassing, ProblemError } from '../problem.ts'
import { createBackoff, pause, type WakeHook } from './backoff.ts'
import { type LiveEvent, NoStreamError } from './events.ts'

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

export interface Source {
  /** One stream, from the newest that is known until it ends. */
  readonly events: (input: {
    readonly signal: AbortSignal
    readonly onRetry: (ms: number) => void
  }) => AsyncIterable<LiveEvent>
  /** One look where there are no streams; resolves with the milliseconds until the next. */
  readonly look: (signal: AbortSignal) => Promise<number>
  readonly heard: (event: LiveEvent) => void
  readonly connection: (connection: Connection, problem?: ProblemError) => void
}

export interface Waiting {
  readonly onWake: WakeHook
  readonly random?: () => number
}

/** Milliseconds after which a stream is tried again where there was none. */
const STREAM_AGAIN_MS = 60_000

/** Reads stream after stream until it is stopped or refused for good, whatever happens to the gateway meanwhile. */
export const keepFollowing = async (
  source: Source,
  { onWake, random }: Waiting,
  signal: AbortSignal,
): Promise<void> => {
  const backoff = createBackoff(undefined, random)

  const stream = async (): Promise<void> => {
    for await (const event of source.events({ signal, onRetry: backoff.base })) {
      backoff.reset()
      if (event.event === 'end') return
      source.heard(event)
    }
  }
  const lookFor = async (ms: number): Promise<void> => {
    const until = Date.now() + ms
    while (!signal.aborted && Date.now() < until) {
      const next = await source.look(signal)
      backoff.reset()
      await pause(next, signal, onWake)
    }
  }
  const once = async (): Promise<void> => {
    try {
      await stream()
      await pause(backoff.next(), signal, onWake)
    } catch (thrown) {
      if (!(thrown instanceof NoStreamError)) throw thrown
      await lookFor(STREAM_AGAIN_MS)
    }
  }

  while (!signal.aborted) {
    try {
      await once()
    } catch (thrown) {
      if (signal.aborted) return
      const problem = thrown instanceof ProblemError ? thrown : undefined
      if (problem && !isPassing(problem) && problem.status !== 500) return source.connection('refused', problem)
      source.connection('reconnecting', problem)
      await pause(Math.max(problem?.retryAfterMs ?? 0, backoff.next()), signal, onWake)
    }
  }
}
