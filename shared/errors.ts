/**
 * The three kinds of failure (invariant 7). Whoever handles a record throws one of these, and the type alone decides:
 * `MalformedError` goes to the dead letters at once, `PassingError` holds the partition and is retried for as long as it
 * lasts, anything else is tried a few times and then dead-lettered as `handler_failed`.
 */

/** Why a record can never be handled. Stable codes: they are the `dlq_reason` of a dead letter. */
export type MalformedReason = 'not_json' | 'envelope_invalid' | 'data_invalid' | 'too_large'

/** The record itself is wrong: no retry can help. */
export class MalformedError extends Error {
  override name = 'MalformedError'
  readonly reason: MalformedReason

  constructor(reason: MalformedReason, message: string, options?: ErrorOptions) {
    super(message, options)
    this.reason = reason
  }
}

/** What was being waited for when a passing failure happened; a metric label, so a closed list. */
export type PassingSource =
  | 'kafka'
  | 'redis'
  | 'sqlite'
  | 'postgres'
  | 'conductor'
  | 'orchestrator'
  | 'entitlements'
  | 'key_server'
  | 'content'
  | 'catching_up'

/** The world is in the way (connection, timeout, 429/502/503/504, LOADING...): the same call may work later. */
export class PassingError extends Error {
  override name = 'PassingError'
  readonly source: PassingSource

  constructor(source: PassingSource, message: string, options?: ErrorOptions) {
    super(message, options)
    this.source = source
  }
}

/**
 * A publish that was not acknowledged. `not_sent`: it certainly is not in the log. `unknown`: it was tried and may be
 * there; whoever publishes again must use the same event ids.
 */
export class PublishError extends PassingError {
  override name = 'PublishError'
  readonly outcome: 'not_sent' | 'unknown'

  constructor(outcome: 'not_sent' | 'unknown', message: string, options?: ErrorOptions) {
    super('kafka', message, options)
    this.outcome = outcome
  }
}

/** Whatever was thrown, as an Error. */
export const asError = (thrown: unknown): Error => (thrown instanceof Error ? thrown : new Error(String(thrown)))
