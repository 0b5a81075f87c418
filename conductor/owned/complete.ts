import { bucketOf } from '../../shared/buckets.ts'
import { incomplete } from '../state/snapshot.ts'
import { type OwnedIndex, type Owner, ownerName } from './port.ts'

/**
 * The index as readers see it: while an owner's bucket catches up it rejects with a PassingError (503 `CATCHING_UP`), since
 * nobody is shown a part of somebody's batches (invariant 13). Asked after the reading: what is lost before it is noticed.
 */
export const completeOwned = (
  owned: OwnedIndex,
  isComplete: (bucket: number) => Promise<boolean>,
): Pick<OwnedIndex, 'list' | 'count'> => {
  const whole = async <Result>(owner: Owner, reading: Promise<Result>): Promise<Result> => {
    const result = await reading
    if (await isComplete(bucketOf(ownerName(owner)))) return result
    throw incomplete()
  }
  return {
    list: (owner, page) => whole(owner, owned.list(owner, page)),
    count: (owner) => whole(owner, owned.count(owner)),
  }
}
