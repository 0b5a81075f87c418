import { asError, PassingError } from '../../shared/errors.ts'
import type { BatchId } from '../../shared/ids.ts'
import type { BatchChange } from './facts.ts'
import type { Applied, BatchStore, Counted } from './port.ts'

export interface MergeOptions {
  /** Transitions under way at a time; what comes meanwhile waits and is merged. Default 200. */
  readonly callsAtOnce?: number
}

interface Waiting {
  readonly change: BatchChange
  readonly counted: readonly Counted[]
  resolve(applied: Applied): void
  reject(error: Error): void
}

/**
 * Applies what comes from several partitions at the same time together, batch by batch: specialists key by essay, so the
 * events of one batch lie in all partitions, and one fetch seldom holds two of them. While a batch has a transition under
 * way, what else is said about it waits, and then goes in one.
 */
export const merged = (
  store: Pick<BatchStore, 'apply'>,
  { callsAtOnce = 200 }: MergeOptions = {},
): Pick<BatchStore, 'apply'> => {
  const waiting = new Map<BatchId, Waiting[]>()
  const underWay = new Set<BatchId>()

  const applyTogether = async (batchId: BatchId, together: readonly Waiting[]): Promise<void> => {
    const events = together.flatMap(({ change }) => change.events)
    const counted = together.flatMap((each) => each.counted)
    try {
      const [applied] = await store.apply([{ batchId, events }], counted)
      if (!applied) throw new Error('the store did not answer')
      let first = 0
      for (const { change, resolve } of together) {
        const end = first + change.events.length
        resolve({ ...applied, results: applied.results.slice(first, end) })
        first = end
      }
    } catch (thrown) {
      const error = asError(thrown)
      // Whose fault it is shows only alone; otherwise the innocent would be dead-lettered with the guilty.
      if (together.length > 1 && !(error instanceof PassingError))
        for (const each of together) await applyTogether(batchId, [each])
      else for (const { reject } of together) reject(error)
    }
  }

  const start = (): void => {
    for (const [batchId, together] of waiting) {
      if (underWay.size >= callsAtOnce) return
      if (underWay.has(batchId)) continue
      waiting.delete(batchId)
      underWay.add(batchId)
      void applyTogether(batchId, together).then(() => {
        underWay.delete(batchId)
        start()
      })
    }
  }

  return {
    async apply(changes, counted = []) {
      const all = changes.map(
        (change) =>
          new Promise<Applied>((resolve, reject) => {
            const entry = { change, counted, resolve, reject }
            const others = waiting.get(change.batchId)
            if (others) others.push(entry)
            else waiting.set(change.batchId, [entry])
          }),
      )
      start()
      return Promise.all(all)
    },
  }
}
