import type { RunBook } from '../../shared/contracts/run-book.ts'
import type { BatchId, EssayId, EventId } from '../../shared/ids.ts'
import type { Cause } from '../../shared/store/changes/port.ts'
import type { Registration } from './registration.ts'

/**
 * What events say, in the form in which state keeps it. Everything known of an essay is a set of **registers**; a
 * write wins over what stands there when its stamp is larger. Taking the larger of two is the same in any order and
 * any number of times, which is invariant 5.
 */

/**
 * `rank|microseconds|event id`, of fixed width, so that comparing the texts compares rank, then time, then id. The
 * first character of a phase's stamp is its outcome: 1 succeeded, 0 failed.
 */
export type Stamp = string
export type Rank = 0 | 1 | 2

/** One register's new value; empty when the stamp alone says it all. */
export type Write = readonly [register: string, stamp: Stamp, value: string]

export type Fact =
  | { readonly kind: 'essay'; readonly essayId: EssayId; readonly writes: readonly Write[] }
  | { readonly kind: 'batch'; readonly writes: readonly Write[] }
  | {
      readonly kind: 'registration'
      readonly stamp: Stamp
      readonly registration: Registration
      readonly essayIds: readonly EssayId[]
    }
  | { readonly kind: 'book'; readonly revision: string; readonly book: RunBook }
  /** State has all that the archive has of the batch, as of this revision of it. */
  | { readonly kind: 'archived'; readonly revision: string }

/** What one event says about one batch. */
export interface EventFacts {
  /** `topic|partition` and offset of the record; a reader can wait for it. */
  readonly partition: string
  readonly offset: number
  readonly facts: readonly Fact[]
  /** Where the event's trace is recorded: goes along to whoever is told of the change, and into no state. */
  readonly cause?: Cause | undefined
}

/** All that one fetch says about one batch: applied in one transition (invariant 2). */
export interface BatchChange {
  readonly batchId: BatchId
  readonly events: readonly EventFacts[]
}

/** When and by what something became known. */
export interface Origin {
  /** Microseconds since 1970, as the event says. */
  readonly at: number
  readonly eventId: EventId
}

/** 16 digits last until the year 2286; what claims to be older than 1970 is as old as that. */
export const stamp = (rank: Rank, { at, eventId }: Origin): Stamp =>
  `${rank}|${String(Math.max(0, Math.trunc(at))).padStart(16, '0')}|${eventId}`

export const CONTENT = 'content'
export const TEXT = 'text'
export const phaseRegister = (phase: string): string => `phase:${phase}`
export const errorRegister = (phase: string): string => `phase:${phase}:error`
/** Set once a batch outcome, not only an event of the essay itself, said that the essay failed. */
export const listedRegister = (phase: string): string => `phase:${phase}:listed`

/** Reads a stamp back. `at` is in microseconds since 1970. */
export const readStamp = (text: string): { readonly rank: number; readonly at: number } => ({
  rank: Number(text.slice(0, 1)),
  at: Number(text.slice(2, 18)),
})

/** A reference that a phase with `produces: text` made outranks the one that came with the content (design section 7). */
const textWrites = (rank: 1 | 2, origin: Origin, storageId: string | null): readonly Write[] =>
  storageId ? [[TEXT, stamp(rank, origin), storageId]] : []

/** The essay's content is there, with a reference to its text. */
export const essayProvisioned = (essayId: EssayId, origin: Origin, storageId: string): Fact => ({
  kind: 'essay',
  essayId,
  writes: [[CONTENT, stamp(1, origin), ''], ...textWrites(1, origin, storageId)],
})

/** Content validation refused the essay. Content that did come outranks this. */
export const essayRefused = (essayId: EssayId, origin: Origin, errorCode: string): Fact => ({
  kind: 'essay',
  essayId,
  writes: [[CONTENT, stamp(0, origin), errorCode]],
})

/** The essay succeeded in a phase; `text` is given only where the phase produces text. */
export const essaySucceeded = (essayId: EssayId, phase: string, origin: Origin, text: string | null): Fact => ({
  kind: 'essay',
  essayId,
  writes: [[phaseRegister(phase), stamp(1, origin), ''], ...textWrites(2, origin, text)],
})

/** The essay failed in a phase; `listed` when a batch outcome says so. */
export const essayFailed = (
  essayId: EssayId,
  phase: string,
  origin: Origin,
  { errorCode = null, listed = false }: { readonly errorCode?: string | null; readonly listed?: boolean },
): Fact => ({
  kind: 'essay',
  essayId,
  writes: [
    [phaseRegister(phase), stamp(0, origin), ''],
    ...(errorCode ? [[errorRegister(phase), stamp(0, origin), errorCode] as const] : []),
    ...(listed ? [[listedRegister(phase), stamp(0, origin), ''] as const] : []),
  ],
})

/** What became of the batch's content as a whole. */
export type ContentNews = 'provisioned' | 'ready' | 'failed'
export const batchContent = (news: ContentNews, origin: Origin): Fact => ({
  kind: 'batch',
  writes: [[`content:${news}`, stamp(0, origin), '']],
})

export const BROKEN = 'broken:'
/** A specialist gave a phase of the whole batch up. Says nothing of single essays. */
export const phaseBroken = (phase: string, origin: Origin): Fact => ({
  kind: 'batch',
  writes: [[BROKEN + phase, stamp(0, origin), '']],
})

/** The batch and its essays, repeats taken out. Of two registrations the earlier one stands: an owner never changes. */
export const batchRegistered = (registration: Registration, essayIds: readonly EssayId[], origin: Origin): Fact => ({
  kind: 'registration',
  stamp: stamp(0, origin),
  registration,
  essayIds: [...new Set(essayIds)],
})

/** The orchestrator's book; of two the larger revision stands. */
export const runBook = (book: RunBook): Fact => ({ kind: 'book', revision: book.revision, book })
