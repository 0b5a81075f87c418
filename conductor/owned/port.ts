import type { BatchId } from '../../shared/ids.ts'

/** Whose batches are asked for: a user's own, or all of an organisation. */
export type Owner =
  | { readonly kind: 'user'; readonly id: string }
  | {
      readonly kind: 'org'
      readonly id: string
    }

/** That a batch belongs to its owners since its registration. */
export interface Owned {
  readonly owner: Owner
  readonly batchId: BatchId
  /** Microseconds since 1970, as the registration says. */
  readonly registeredAt: number
}

export interface OwnedPage {
  /** Newest first. */
  readonly batches: readonly Omit<Owned, 'owner'>[]
  /** Goes on from here; null at the end. */
  readonly next: string | null
}

/**
 * Which batches somebody has: an index beside the facts, fed from the same events and before their offsets are committed.
 * It may name a batch that is gone or whose registration was superseded, so whoever reads it looks the batch up.
 * `redis` and `embedded` pass `test/conductor/owned/contract.ts`.
 */
export interface OwnedIndex {
  /** A repeat changes nothing. */
  add(owned: readonly Owned[]): Promise<void>
  /** What is not there changes nothing. */
  remove(owned: readonly Owned[]): Promise<void>
  list(owner: Owner, page: { readonly cursor: string | null; readonly count: number }): Promise<OwnedPage>
  /** How many an owner has. */
  count(owner: Owner): Promise<number>
  /**
   * The buckets of owners that were not filled from the archive since the store began anew: the caller's to fill. Nobody with
   * another token gets them for `leaseMs` milliseconds.
   */
  claimUnfilled(token: string, leaseMs: number): Promise<readonly number[]>
  /** They now hold what the archive has, but for those that were lost, or claimed by another, meanwhile. */
  filled(buckets: readonly number[], token: string): Promise<void>
}

/** An owner as text. */
export const ownerName = ({ kind, id }: Owner): string => `${kind}:${id}`

export const readOwner = (name: string): Owner => {
  const colon = name.indexOf(':')
  return { kind: name.slice(0, colon) === 'org' ? 'org' : 'user', id: name.slice(colon + 1) }
}

/** How a batch stands in the index: texts sort by time, then by id. */
export const memberOf = ({ registeredAt, batchId }: Omit<Owned, 'owner'>): string =>
  `${String(Math.max(0, Math.trunc(registeredAt))).padStart(16, '0')}|${batchId}`

export const readMember = (member: string): Omit<Owned, 'owner'> => ({
  registeredAt: Number(member.slice(0, 16)),
  batchId: member.slice(17) as BatchId,
})
