/** How often a client may call: a steady rate, and how many calls may come at once. */
export interface Limit {
  /** 0 is no limit. */
  readonly perMinute: number
  readonly burst: number
}

export interface Verdict {
  readonly allowed: boolean
  /** How many calls could come at once right after this one. */
  readonly remaining: number
  /** Milliseconds until a refused call would be allowed; 0 for an allowed one. */
  readonly retryAfterMs: number
  /** Milliseconds until the whole burst is there again. */
  readonly resetMs: number
}

/**
 * Counts calls by the generic cell rate algorithm: one time per key says when the burst is whole again. A refused call
 * costs nothing. Both sides pass `test/gateway/limits/contract.ts`.
 */
export interface RateLimitStore {
  take(key: string, limit: Limit): Promise<Verdict>
}
