import type { BatchId } from '../../shared/ids.ts'
import type { BatchChange } from '../state/facts.ts'
import type { Registration } from '../state/registration.ts'
import type { Owned } from './port.ts'

/** What registrations among these changes say of whose batches there are. */
export const ownedOf = (changes: readonly BatchChange[]): readonly Owned[] =>
  changes.flatMap(({ batchId, events }) =>
    events.flatMap(({ facts }) =>
      facts.flatMap((fact) => {
        if (fact.kind !== 'registration') return []
        return ownedBy(batchId, fact.registration)
      }),
    ),
  )

/** Whose a batch with this registration is. */
export const ownedBy = (batchId: BatchId, { userId, orgId, registeredAt }: Registration): readonly Owned[] => {
  const owned = { batchId, registeredAt: Math.round(registeredAt * 1_000) }
  const user = { ...owned, owner: { kind: 'user' as const, id: userId } }
  return orgId === null ? [user] : [user, { ...owned, owner: { kind: 'org' as const, id: orgId } }]
}
