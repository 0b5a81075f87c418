import type { LogRecord, Position } from '../port.ts'
import { createPump, type PumpOptions } from '../pump.ts'

export interface FeedOptions extends Omit<PumpOptions, 'take'> {
  readonly maxFetchRecords: number
  readonly pause: () => void
  readonly resume: () => void
}

/** What was fetched of one partition and waits to be handled, and the pump that handles it. */
export interface Feed {
  readonly topic: string
  push(records: readonly LogRecord[]): void
  /** Forgets what was only fetched: the group has joined anew and fetches from the committed offset. */
  restart(): void
  setApplied(offset: number): void
  setEnd(offset: number): void
  position(): Position | undefined
  lag(): number | undefined
  stop(): Promise<void>
  revoke(): void
}

/** So many fetches may wait in memory before the partition is paused. */
const FULL_FETCHES = 4

export const createFeed = (options: FeedOptions): Feed => {
  const { topic, partition, maxFetchRecords, pause, resume } = options
  let waiting: LogRecord[] = []
  let paused = false
  let wake: () => void = () => {}
  let listening = false
  let end: number | undefined

  const take = async (signal: AbortSignal): Promise<readonly LogRecord[] | undefined> => {
    if (!listening) signal.addEventListener('abort', () => wake())
    listening = true
    while (waiting.length === 0 && !signal.aborted) {
      await new Promise<void>((resolve) => {
        wake = resolve
      })
    }
    if (signal.aborted) return undefined
    const records = waiting.slice(0, maxFetchRecords)
    waiting = waiting.slice(maxFetchRecords)
    if (paused && waiting.length <= maxFetchRecords) {
      paused = false
      resume()
    }
    return records
  }
  const pump = createPump({ ...options, take })

  return {
    topic,
    push(records) {
      // A new join may fetch again what has been applied meanwhile, or what is waiting.
      const next = (waiting.at(-1)?.offset ?? (pump.taken() ?? 0) - 1) + 1
      const fresh = records.filter(({ offset }) => offset >= next)
      if (fresh.length === 0) return
      waiting = waiting.concat(fresh)
      if (!paused && waiting.length >= FULL_FETCHES * maxFetchRecords) {
        paused = true
        pause()
      }
      wake()
    },
    restart() {
      waiting = []
      if (paused) resume()
      paused = false
    },
    setApplied(offset) {
      if (pump.applied() === undefined) pump.setApplied(offset)
    },
    setEnd(offset) {
      end = offset
    },
    position() {
      const offset = pump.applied()
      return offset === undefined ? undefined : { topic, partition, offset }
    },
    lag() {
      const offset = pump.applied()
      return end === undefined || offset === undefined ? undefined : Math.max(0, end - offset)
    },
    stop: () => pump.stop(),
    revoke: () => pump.revoke(),
  }
}
