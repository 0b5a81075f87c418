import type { EventLog, OutgoingMessage } from '../shared/log/port.ts'
import type { Cue } from './script.ts'

export interface PlayerDeps {
  readonly log: Pick<EventLog, 'publish'>
  /** Milliseconds since 1970. */
  readonly clock: () => number
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>
}

/** So many messages are published in one go. */
const MOST = 200

/**
 * Says everything when it is due. Resolves when the log has acknowledged all of it, and rejects when the signal
 * ends it before. What was due while nobody listened is said at once.
 */
export const createPlayer = ({ log, clock, sleep }: PlayerDeps) =>
  async function play(cues: Iterable<Cue>, signal: AbortSignal): Promise<void> {
    let due: OutgoingMessage[] = []
    const say = async (): Promise<void> => {
      const messages = due
      due = []
      signal.throwIfAborted()
      await log.publish(messages)
    }
    for (const { at, message } of cues) {
      if (due.length >= MOST || (due.length > 0 && at > clock())) await say()
      const early = at - clock()
      if (early > 0) await sleep(early, signal)
      due.push(message())
    }
    await say()
  }
export type Play = ReturnType<typeof createPlayer>
