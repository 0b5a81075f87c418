import { asError } from '../shared/errors.ts'
import type { Position, Progress, Subscription } from '../shared/log/port.ts'
import { backoff } from '../shared/retry.ts'
import type { Logger } from '../shared/telemetry/logger-port.ts'
import type { Play, PlayerDeps } from './player.ts'
import type { Cue } from './script.ts'

export interface LateDeps extends Pick<PlayerDeps, 'sleep'> {
  readonly perform: Play
  readonly logger: Logger
}

/** Words that are said late, while the partition goes on. */
export interface Late {
  /** Takes over what is still to be said in answer to a record. */
  schedule(answered: Position, cues: readonly Cue[]): void
  /** How many answers are not whole yet. */
  count(): number
  /**
   * Commits how far everything is said: up to the first record whose answer is not whole yet, so that whoever comes after a
   * crash says it again, with the same words.
   */
  commit(subscription: Pick<Subscription, 'applied' | 'commit'>): Promise<void>
  /** What is still to be said is left to whoever starts next. */
  stop(): Promise<void>
}

const placeOf = ({ topic, partition }: Omit<Position, 'offset'>): string => `${topic}|${partition}`
const RETRY = { baseMs: 50, capMs: 5_000 }

export const createLate = ({ perform, sleep, logger }: LateDeps): Late => {
  const ending = new AbortController()
  /** Partition -> the records whose answers are not whole yet. */
  const open = new Map<string, Set<number>>()
  const running = new Set<Promise<void>>()

  /** As long as it takes: the log may be away for a while. */
  const sayAll = async (cues: readonly Cue[]): Promise<void> => {
    for (let attempt = 0; !ending.signal.aborted; attempt++) {
      try {
        return await perform(cues, ending.signal)
      } catch (thrown) {
        if (ending.signal.aborted) return
        logger.warn({ attempt, err: asError(thrown).message }, 'late words are not said yet')
        await sleep(backoff(attempt, RETRY), ending.signal)
      }
    }
  }

  /** The first offset of a partition that must be answered again after a crash. */
  const boundOf = (at: Progress): number => Math.min(at.offset, ...(open.get(placeOf(at)) ?? []))

  return {
    schedule(answered, cues) {
      const place = placeOf(answered)
      const offsets = open.get(place) ?? new Set()
      // A fetch that is tried again brings what is under way already.
      if (offsets.has(answered.offset)) return
      open.set(place, offsets.add(answered.offset))
      const said = sayAll(cues).then(() => {
        if (!ending.signal.aborted) offsets.delete(answered.offset)
        running.delete(said)
      })
      running.add(said)
    },
    count: () => running.size,
    commit: (subscription) => subscription.commit(subscription.applied().map((at) => ({ ...at, offset: boundOf(at) }))),
    async stop() {
      ending.abort()
      await Promise.all(running)
    },
  }
}
