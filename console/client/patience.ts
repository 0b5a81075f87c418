import { pause, type WakeHook } from './live/backoff.ts'
import { isPassing, ProblemError, problemOf } from './problem.ts'

/** What a call came to, as the generated client tells it. */
export interface Answer<Body> {
  readonly data?: Body
  readonly error?: unknown
  readonly response: Response
}

/** Makes a call, again after each failure that `mayRepeat`; default whatever may go well later. */
export type Patience = <Body>(
  call: () => Promise<Answer<Body>>,
  mayRepeat?: (failure: unknown) => boolean,
) => Promise<Body>

/** Tries of one call; what the gateway refused for now or did not answer is tried again. */
const TRIES = 3
const PAUSE_MS = 400
/** A pause that is longer is the caller's to decide on. */
const MAX_PAUSE_MS = 5_000

const never = (): AbortSignal => new AbortController().signal

/** Makes a call until it is answered for good, within reason; gives its body or rejects with why not. */
export const createPatience =
  (onWake: WakeHook): Patience =>
  async (call, mayRepeat = isPassing) => {
    for (let tries = 1; ; tries++) {
      try {
        const { data, error, response } = await call()
        if (data !== undefined) return data
        throw problemOf(response, error)
      } catch (thrown) {
        const wait = thrown instanceof ProblemError ? (thrown.retryAfterMs ?? PAUSE_MS) : PAUSE_MS * tries
        if (tries === TRIES || !mayRepeat(thrown) || wait > MAX_PAUSE_MS) throw thrown
        await pause(wait * (0.75 + Math.random() / 2), never(), onWake)
      }
    }
  }
