import type { BatchId } from '../../shared/ids.ts'
import type { BatchChange } from '../state/facts.ts'
import type { Registration } from '../state/registration.ts'
import type { Owned } from './port.ts'

/** What registrations among these changes say of whose batches there are. */
export const ownedOf = (changes: readonly BatchChange[]): readonly Owned[] => {
  const owned: Owned[] = []
  for (const { batchId, events } of changes)
    for (const { facts } of events)
      for (const fact of facts) if (fact.kind === 'registration') owned.push(...ownedBy(batchId, fact.registration))
  return owned
}

/** Whose a batch with this registration is. */
export const ownedBy = (batchId: BatchId, { userId, orgId, registeredAt }: Registration): readonly Owned[] => {
  const owned = { batchId, registeredAt: Math.round(registeredAt * 1_000) }
  const user = { ...owned, owner: { kind: 'user' as const, id: userId } }
  return orgId === null ? [user] : [user, { ...owned, owner: { kind: 'org' as const, id: orgId } }]
}
