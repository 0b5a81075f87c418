/** How often a client may call: a steady rate, and how many calls may come at once. */
export interface Limit {
  /** 0 is no limit. */
  readonly perMinute: number
  readonly burst: number
}

/** What calls are taken out of: a client's own budget, or the one that it shares with its organisation. */
export interface Budget {
  readonly key: string
  readonly limit: Limit
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

/** What one call is taken out of: the client's own, and the one that it shares if there is one. */
export type Budgets = readonly [Budget, ...Budget[]]

/**
 * Counts calls by the generic cell rate algorithm: one time per key says when the burst is whole again. Both sides pass
 * `test/gateway/limits/contract.ts`.
 */
export interface RateLimitStore {
  /**
   * Takes one call out of each budget, or out of none when one of them refuses: a refused call costs nothing. Verdicts
   * stand in the order of the budgets.
   */
  take(budgets: Budgets): Promise<readonly Verdict[]>
}
