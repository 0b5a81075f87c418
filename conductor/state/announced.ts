import type { Cause, Change, ChangeFeed } from '../../shared/store/changes/port.ts'
import type { BatchChange } from './facts.ts'
import type { Applied, BatchStore } from './port.ts'

/** A store that tells the feed which batches an `apply` changed, once they have changed (design section 5, step 7). */
export const announced = (store: BatchStore, feed: Pick<ChangeFeed, 'publish'>): BatchStore => ({
  ...store,
  async apply(changes, counted) {
    const applied = await store.apply(changes, counted)
    feed.publish(
      applied.flatMap(({ batchId, revision, changed, results }, i): readonly Change[] => {
        if (!changed) return []
        return [
          { batchId, revision: Number(revision), userId: userOf(changes[i]), cause: causeOf(changes[i], results) },
        ]
      }),
    )
    return applied
  },
})

/** Whose batch it is, where one of the facts says so: a list of somebody's batches learns of a new one by this. */
const userOf = (change: BatchChange | undefined): string | null => {
  for (const { facts } of change?.events ?? [])
    for (const fact of facts) {
      if (fact.kind === 'registration') return fact.registration.userId
      if (fact.kind === 'book') return fact.book.user_id
    }
  return null
}

/** The last of the events that changed something and whose trace is recorded. */
const causeOf = (change: BatchChange | undefined, results: Applied['results']): Cause | undefined =>
  change?.events.findLast(({ cause }, i) => cause !== undefined && results[i]?.applied)?.cause
