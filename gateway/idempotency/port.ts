/** What a call said first under its key. */
export interface Claim {
  /** Digest of the payload: another payload under the same key is a mistake of the client. */
  readonly fingerprint: string
  /** The correlation id of the call that makes the claim; whoever takes over goes on under the first one's. */
  readonly correlationId: string
  /** Names this call, so that one whose lease was taken over can no longer answer for the key. */
  readonly owner: string
  /** Milliseconds after which another call may take over, since this one's process may have died. */
  readonly leaseMs: number
}

/** An answer as it is kept, headers by their lower-case names. */
export interface KeptAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export type Reservation =
  /** This call does the work, as the first one or in the place of one that did not end. */
  | { readonly state: 'reserved'; readonly correlationId: string }
  | { readonly state: 'running'; readonly retryAfterMs: number }
  | { readonly state: 'answered'; readonly correlationId: string; readonly answer: KeptAnswer }
  | { readonly state: 'mismatch' }

/**
 * Which calls were made under which idempotency keys, kept for a day from the last change. `redis` and `embedded` pass
 * `test/gateway/idempotency/contract.ts`. Methods reject with a PassingError when the store cannot be reached.
 */
export interface IdempotencyStore {
  /** Atomic: of many calls with one key exactly one gets `reserved`. */
  reserve(digest: string, claim: Claim): Promise<Reservation>
  /** Keeps the answer, unless somebody else has taken over; says whether it did. */
  complete(digest: string, owner: string, answer: KeptAnswer): Promise<boolean>
  /** Ends the lease without an answer, so that the client can ask again at once. The payload stays bound to the key. */
  release(digest: string, owner: string): Promise<void>
}

/** Milliseconds that a key is remembered. */
export const KEEP_MS = 24 * 3_600_000
