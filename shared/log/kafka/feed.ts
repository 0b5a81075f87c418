import type { LogRecord, Progress } from '../port.ts'
import { createPump, type PumpOptions } from '../pump.ts'

export interface FeedOptions extends Omit<PumpOptions, 'take' | 'seek'> {
  /** The offset of the earliest record that is left. */
  readonly start: () => Promise<number>
  /** The next fetch begins at this offset; one that is under way is dropped. */
  readonly fetchFrom: (offset: number) => void
  readonly commitRewound: (offset: number) => Promise<void>
  readonly maxFetchRecords: number
  readonly pause: () => void
  readonly resume: () => void
}

/** What was fetched of one partition and waits to be handled, and the pump that handles it. */
export interface Feed {
  readonly topic: string
  readonly partition: number
  push(records: readonly LogRecord[]): void
  /**
   * Forgets what was only fetched: the group has joined anew, and would fetch from the committed offset. What this member
   * has applied or gone back to is nearer to the truth.
   */
  restart(): void
  setApplied(offset: number): void
  setEnd(offset: number): void
  position(): Progress | undefined
  lag(): number | undefined
  rewind(offset: number): Promise<void>
  stop(): Promise<void>
  revoke(): void
}

/** A partition is paused once so many fetches' records wait, or so many bytes; it goes on when a quarter of both is left. */
const FULL_FETCHES = 4
/**
 * Keys and values. An event of one essay has about 1 KB, and of those thousands may wait; an outcome can have hundreds of KB, and a
 * few thousand of those would fill the memory of a process whose store is away.
 */
const FULL_BYTES = 16 * 1_024 * 1_024

export const createFeed = (options: FeedOptions): Feed => {
  const { topic, partition, maxFetchRecords, pause, resume, start, fetchFrom, commitRewound } = options
  let waiting: LogRecord[] = []
  let waitingBytes = 0
  let paused = false
  let wake: () => void = () => {}
  let end: number | undefined

  const take = async (signal: AbortSignal): Promise<readonly LogRecord[] | undefined> => {
    while (waiting.length === 0 && !signal.aborted) {
      const { promise, resolve } = Promise.withResolvers<void>()
      wake = () => resolve()
      signal.addEventListener('abort', wake)
      await promise
      signal.removeEventListener('abort', wake)
    }
    if (signal.aborted) return undefined
    const records = waiting.slice(0, maxFetchRecords)
    waiting = waiting.slice(maxFetchRecords)
    waitingBytes -= bytesOf(records)
    if (paused && waiting.length <= maxFetchRecords && waitingBytes <= FULL_BYTES / FULL_FETCHES) {
      paused = false
      resume()
    }
    return records
  }
  /** What was fetched but not taken yet goes; nothing of it is handled out of its turn. */
  const forget = (): void => {
    waiting = []
    waitingBytes = 0
    if (paused) resume()
    paused = false
  }
  const seek = async (offset: number): Promise<number> => {
    const from = Math.max(offset, await start())
    await commitRewound(from)
    forget()
    fetchFrom(from)
    return from
  }
  const pump = createPump({ ...options, take, seek })

  return {
    topic,
    partition,
    push(records) {
      // A new join may fetch again what has been applied meanwhile, or what is waiting.
      const next = (waiting.at(-1)?.offset ?? (pump.taken() ?? 0) - 1) + 1
      const fresh = records.filter(({ offset }) => offset >= next)
      if (fresh.length === 0) return
      waiting = waiting.concat(fresh)
      waitingBytes += bytesOf(fresh)
      if (!paused && (waiting.length >= FULL_FETCHES * maxFetchRecords || waitingBytes >= FULL_BYTES)) {
        paused = true
        pause()
      }
      wake()
    },
    restart() {
      forget()
      const next = pump.taken() ?? pump.applied()
      if (next !== undefined) fetchFrom(next)
    },
    setApplied(offset) {
      if (pump.applied() === undefined) pump.setApplied(offset)
    },
    setEnd(offset) {
      end = offset
    },
    position() {
      const offset = pump.applied()
      return offset === undefined ? undefined : { topic, partition, offset, began: pump.began() ?? offset }
    },
    lag() {
      const offset = pump.applied()
      return end === undefined || offset === undefined ? undefined : Math.max(0, end - offset)
    },
    rewind: (offset) => pump.rewind(offset),
    stop: () => pump.stop(),
    revoke: () => pump.revoke(),
  }
}

const bytesOf = (records: readonly LogRecord[]): number =>
  records.reduce((sum, { key, value }) => sum + (key?.length ?? 0) + (value?.length ?? 0), 0)
