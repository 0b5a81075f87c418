import type { BatchId } from '../../shared/ids.ts'
import { ownedBy } from '../owned/facts.ts'
import { memberOf, type Owned, type OwnedIndex, ownerName, readOwner } from '../owned/port.ts'
import type { Registration } from '../state/registration.ts'
import type { Listing } from './listing.ts'

export interface OwnersDeps {
  readonly index: Pick<OwnedIndex, 'list'>
  readonly listing: Pick<Listing, 'owners'>
  /** The registration that stands, in the state, the archive or else the log. */
  registrationOf(batchId: BatchId): Promise<Registration | null>
}

export interface OwnerDifferences {
  /** Batches that do not stand in their owner's index. */
  readonly missing: readonly Owned[]
  /** Entries of batches that are gone, or that somebody else has or registered at another time. */
  readonly stale: readonly Owned[]
}

const PAGE = 500

/** Where the index of owners differs from the registrations of these batches; of `only`, where nothing else is asked for. */
export const compareOwners = async (
  { index, listing, registrationOf }: OwnersDeps,
  batches: readonly BatchId[],
  only: BatchId | undefined,
): Promise<OwnerDifferences> => {
  const expected = new Map<string, Map<string, Owned>>()
  for (const id of batches) {
    const registration = await registrationOf(id)
    for (const owned of registration === null ? [] : ownedBy(id, registration)) {
      const name = ownerName(owned.owner)
      expected.set(name, (expected.get(name) ?? new Map<string, Owned>()).set(memberOf(owned), owned))
    }
  }
  const unexpected: Owned[] = []
  // Of one batch its owners' lists are enough, so that not every key is looked at for it.
  const others = only === undefined ? await listing.owners() : []
  for (const name of new Set([...expected.keys(), ...others.map(ownerName)])) {
    const owner = readOwner(name)
    const wanted = expected.get(name)
    for (let cursor: string | null = null; ; ) {
      const page = await index.list(owner, { cursor, count: PAGE })
      for (const entry of page.batches) {
        if (wanted?.delete(memberOf(entry)) || (only !== undefined && entry.batchId !== only)) continue
        unexpected.push({ ...entry, owner })
      }
      cursor = page.next
      if (cursor === null) break
    }
  }
  // Looked up last: what was registered meanwhile stands in the index a moment before it stands in the state.
  const stale: Owned[] = []
  for (const entry of unexpected) {
    const registration = await registrationOf(entry.batchId)
    const owners = registration === null ? [] : ownedBy(entry.batchId, registration)
    if (!owners.some((owned) => isSame(owned, entry))) stale.push(entry)
  }
  return { missing: [...expected.values()].flatMap((wanted) => [...wanted.values()]), stale }
}

const isSame = (one: Owned, other: Owned): boolean =>
  ownerName(one.owner) === ownerName(other.owner) && memberOf(one) === memberOf(other)
