import { randomId } from '../ids.ts'
import { sleep } from '../retry.ts'
import type { EventLog, FetchHandler } from './port.ts'

export interface ReadToEndOptions {
  readonly log: Pick<EventLog, 'consume'>
  readonly topics: readonly string[]
  /** Ends the reading early. */
  readonly signal?: AbortSignal
}

/** Milliseconds between two looks at how much is left. */
const LOOK_MS = 20

/**
 * Reads topics from their beginning to what is their end once everything before has been handled. Resolves with true then,
 * with false when it was ended early. Its group is its own, and is gone afterwards.
 */
export const readToEnd = async ({ log, topics, signal }: ReadToEndOptions, handle: FetchHandler): Promise<boolean> => {
  const own = { group: `baton-read-${randomId()}`, topics, commit: 'never' } as const
  const subscription = await log.consume(own, handle)
  try {
    while (!signal?.aborted) {
      const left = subscription.lag()
      if (subscription.ready() && left.length > 0 && left.every(({ lag }) => lag === 0)) return true
      await sleep(LOOK_MS, signal)
    }
    return false
  } finally {
    await subscription.stop()
  }
}
