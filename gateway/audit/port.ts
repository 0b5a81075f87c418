/** Who did or tried what, and what came of it. */
export interface AuditEntry {
  /** ISO 8601. */
  readonly at: string
  /** Null when sign-in was refused. */
  readonly user_id: string | null
  readonly org_id: string | null
  readonly roles: readonly string[]
  readonly method: string
  /** The pattern of the route. */
  readonly route: string
  readonly batch_id: string | null
  /** Refused: the request's own fault, or a limit. Failed: ours. */
  readonly verdict: 'done' | 'refused' | 'failed'
  readonly status: number
  /** The code of the problem that was answered. */
  readonly code: string | null
  readonly correlation_id: string
  readonly address: string
}

/** Takes an entry; never throws, and keeps nobody waiting. */
export type AuditSink = (entry: AuditEntry) => void
