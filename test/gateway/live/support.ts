import type { Later } from '../../../gateway/live/coalescer.ts'
import { type Frame, frameOf } from '../../../gateway/live/frames.ts'
import { createSnapshot, type Snapshot } from '../../../gateway/live/snapshot.ts'
import { BatchSnapshot } from '../../../shared/contracts/http/snapshots.ts'
import { statusOf } from '../support.ts'

/** A clock that a test moves, with what was to happen later. */
export const testTime = () => {
  let now = 0
  let timers: { readonly at: number; readonly work: () => void }[] = []
  const later: Later = (ms, work) => {
    const timer = { at: now + ms, work }
    timers.push(timer)
    return () => {
      timers = timers.filter((other) => other !== timer)
    }
  }
  /** Moves on, doing what is due in order and letting promises settle after each step. */
  const pass = async (ms: number): Promise<void> => {
    const until = now + ms
    await settled()
    for (;;) {
      const [next] = timers.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)
      if (!next) break
      timers = timers.filter((other) => other !== next)
      now = next.at
      next.work()
      await settled()
    }
    now = until
  }
  return { later, pass, clock: () => now, pending: () => timers.length }
}

/** Promises that are under way have settled. */
export const settled = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve()
}

export const snapshotAt = (
  batchId: string,
  revision: number,
  userId = 'ada',
  requests: readonly string[] = [],
): Snapshot => {
  const snapshot = createSnapshot({ user_id: userId, org_id: null }, batchSnapshot(batchId, revision))
  return { ...snapshot, requests }
}

export const batchSnapshot = (batchId: string, revision: number): BatchSnapshot => {
  const { status, details } = statusOf(batchId, 'ada')
  return BatchSnapshot.parse({ status, details: { ...details, revision } })
}

export const note = (text: string): Frame => frameOf('live', undefined, text)
