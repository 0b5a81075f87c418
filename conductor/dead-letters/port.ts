import type { DeadLetterVerdict } from '../../shared/contracts/events/dead-letter-decided.ts'
import type { Counted } from '../state/port.ts'

/** Where a letter stands: nothing was decided yet, or what was. */
export type LetterState = 'open' | DeadLetterVerdict
export const LETTER_STATES = ['open', 'redriven', 'parked'] as const satisfies readonly LetterState[]

/** What lists show of a dead letter. */
export interface LetterHead {
  readonly id: string
  /** The topic whose dead letter it is, without `.DLQ`. */
  readonly topic: string
  /** A stable code (`not_json`, `handler_failed`...), or what another service wrote there. */
  readonly reason: string
  readonly error: string
  /** The service that could not handle the record. */
  readonly service: string
  readonly batchId: string | null
  readonly correlationId: string | null
  readonly eventType: string | null
  /** When the letter was written, milliseconds since 1970. */
  readonly at: number
  /** Whether it holds what a redrive needs: the record's bytes and where it stood. */
  readonly redrivable: boolean
  /** It is what became of a record that had been redriven before. */
  readonly wasRedriven: boolean
}

/** A letter as it goes into the index: its head, and its whole as it lies in the log, as JSON. */
export interface NewLetter {
  readonly head: LetterHead
  readonly body: string
}

export interface LetterDecision {
  readonly verdict: DeadLetterVerdict
  readonly decidedBy: string
  readonly userId: string | null
  /** Milliseconds since 1970. */
  readonly decidedAt: number
}

/** A letter and what was decided about it. */
export interface Letter {
  readonly head: LetterHead
  readonly decision: LetterDecision | null
}

/**
 * The index of dead letters, by topic: it holds what the log says and is made again from it when it was lost (invariant 13).
 * `redis` and `embedded` pass one contract suite. Letters older than retention, which the log has forgotten too, go as new
 * ones come. What is counted rejects with a PassingError when writes that were counted before are missing, and `page` and
 * `read` do (503 `CATCHING_UP`) while the index does not hold all that is applied.
 */
export interface DeadLetterStore {
  /** Puts letters of one topic on record; of one that is there already nothing changes. */
  record(topic: string, letters: readonly NewLetter[], counted?: Counted): Promise<void>
  /** Notes a decision, also of a letter that is not there yet. A redrive outranks parking, then the later one stands. */
  decide(topic: string, letterId: string, decision: LetterDecision, counted?: Counted): Promise<void>
  /** Letters of a topic, newest first, at most `count` (1,000); `before` is the place of the last one seen. */
  page(topic: string, page: { readonly before: string | null; readonly count: number }): Promise<readonly Letter[]>
  /** One letter with its body; undefined when the topic has no such letter. */
  read(topic: string, letterId: string): Promise<(Letter & { readonly body: string }) | undefined>
}

/** A letter's place among all letters: comparing the texts compares time, then id. 13 digits last until the year 2286. */
export const placeOf = ({ at, id }: Pick<LetterHead, 'at' | 'id'>): string => `${timeOf(at)}|${id}`

/** The first part of a place. What claims to be older than 1970 is as old as that. */
export const timeOf = (at: number): string => String(Math.max(0, Math.trunc(at))).padStart(13, '0')

/** Of two decisions the one with the larger rank stands. */
export const rankOf = ({ verdict, decidedAt }: LetterDecision): string =>
  `${verdict === 'redriven' ? 1 : 0}|${timeOf(decidedAt)}`
