import type { RefusedEssay } from '../../shared/contracts/run-book.ts'
import type { Book } from './model/book.ts'
import type { OutboxEntry } from './model/outbox-entry.ts'

/** What each transition is told. Field names are those of the JSON that the scripts read. */

/** A log position as the book keeps it. */
export interface AppliedPosition {
  /** `topic|partition`. */
  readonly place: string
  readonly offset: number
}

export interface RegisterInput {
  readonly cause: string
  readonly correlation_id: string
  readonly user_id: string
  readonly org_id: string | null
  readonly is_regular: boolean
  /** JSON text. */
  readonly registration: string
}

export interface ContentInput {
  readonly cause: string
  readonly correlation_id: string
  /**
   * `provisioned` makes a GUEST batch ready and has a REGULAR one's essays matched to students, `confirmed` ends that,
   * `ready` makes any ready, `failed` ends the hope for content.
   */
  readonly kind: 'provisioned' | 'confirmed' | 'ready' | 'failed' | 'noted'
  /** Essay id and text of each that was provisioned. */
  readonly essays: readonly (readonly [string, string])[]
  /** Null where the conductor takes nothing from the event. */
  readonly position: AppliedPosition | null
}

export interface RequestInput {
  readonly request_id: string
  readonly correlation_id: string
  readonly requested_pipeline: string
  readonly user_id: string
  readonly is_retry: boolean
  /** The request's data, JSON text. */
  readonly message: string
  /** The prompt that it brings, if any: an assignment's id, or a reference as JSON text. */
  readonly assignment_id: string | null
  readonly prompt_ref: string | null
  /** Milliseconds since 1970, as the event says; of a redriven one when that was decided. */
  readonly at: number
  /** Null for one that came by HTTP. */
  readonly position: AppliedPosition | null
  /** The redrive that it came by: one that was refused is judged anew, once. Null for all others. */
  readonly redrive_id: string | null
  /** Milliseconds that it may wait for content. */
  readonly wait_ms: number
  /** Bytes that its message may have: what is longer is refused and not kept. */
  readonly max_bytes: number
  /** Milliseconds after which it is too old to be run. */
  readonly max_age_ms: number
}

export interface StartInput {
  readonly request_id: string
  readonly run_id: string
  readonly execution: 'sequential' | 'parallel'
  readonly plan_revision: string
  readonly phases: readonly {
    readonly phase: string
    readonly decision: 'run' | 'skip'
    readonly reason: string
    readonly depends_on: readonly string[]
    readonly min_percent: number
    readonly already: number
    readonly produces_text: boolean
    readonly timeout_ms: number
    readonly attempts: number
    /** Essay ids, frozen at the plan's revision. */
    readonly planned: readonly string[]
  }[]
  /** Essay id -> text. */
  readonly texts: Readonly<Record<string, string>>
  readonly essay_count: number
  /** Essays that content validation refused, and the first of them by name. */
  readonly refused_essay_count: number
  readonly refused_essays: readonly RefusedEssay[]
  /** The request's data, JSON text, less what only its plan needed. */
  readonly message: string
}

/** What a run would have cost. */
export interface Credits {
  readonly required: number
  readonly available: number
  /** Resource -> how much of it. */
  readonly breakdown: Readonly<Record<string, number>>
}

export interface RefuseInput {
  readonly request_id: string
  readonly reason: string
  readonly detail: string
  /** Null unless credits were the reason. */
  readonly credits: Credits | null
  /** Milliseconds for which the request is planned again and again before it is refused; 0: it is refused at once. */
  readonly patience_ms: number
}

export interface OutcomeInput {
  readonly cause: string
  readonly correlation_id: string
  readonly phase: string
  /** Essay id and text of those that succeeded. */
  readonly processed: readonly (readonly [string, string])[]
  readonly failed: readonly string[]
  /** Milliseconds since 1970, as the event says. */
  readonly at: number
  readonly position: AppliedPosition
}

export interface CancelInput {
  /** Id of the call: a repeat changes nothing. */
  readonly request_id: string
  readonly correlation_id: string
  /** Only this run; null: whatever is active. */
  readonly run_id: string | null
  /** `cancelled`: somebody asked for it. `too_large`: what is to be said of it fits no message, so it has failed. */
  readonly reason: 'cancelled' | 'too_large'
}

export interface PromptInput {
  readonly correlation_id: string
  /** JSON text. */
  readonly prompt_ref: string
}

export interface RestoreInput {
  readonly book: Book
  readonly entries: readonly OutboxEntry[]
}

export interface AckInput {
  readonly seqs: readonly number[]
  /** The revision of the book that was published, or null when none was. */
  readonly book_revision: string | null
}
