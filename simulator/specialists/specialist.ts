import type { EssayRef } from '../../shared/contracts/blocks.ts'
import type { DataOf } from '../../shared/contracts/registry.ts'
import type { TOPICS } from '../../shared/contracts/topics.ts'
import type { Cause, Cue } from '../script.ts'
import type { EssayWork } from '../work.ts'

/** The commands that start a phase; all of them name their batch and its essays. */
export type CommandTopic =
  | typeof TOPICS.spellcheckCommand
  | typeof TOPICS.nlpCommand
  | typeof TOPICS.aiFeedbackCommand
  | typeof TOPICS.cjCommand

/** One essay that a specialist has worked on. */
export interface Worked extends EssayWork {
  /** The text that the next phase must use: the one given, or a new one where the phase produces texts. */
  readonly text: EssayRef
}

/** One command, worked through. */
export interface Work<T extends CommandTopic = CommandTopic> {
  readonly cause: Cause
  readonly command: DataOf<T>
  readonly essays: readonly Worked[]
  /** Milliseconds since 1970. */
  readonly endedAt: number
}

/** What a specialist says itself; the outcome of the phase is said by the essay lifecycle service, for all alike. */
export interface Specialist<T extends CommandTopic> {
  readonly topic: T
  /** Of one essay, when it is done. */
  readonly ofEssay?: (work: Work<T>, essay: Worked) => Iterable<Cue>
  /** Of the whole batch, when all essays are done. */
  readonly ofBatch?: (work: Work<T>) => Iterable<Cue>
}

/** Ids of the essays that succeeded, or of those that failed, in the order commanded. */
export const idsOf = (essays: readonly Worked[], succeeded: boolean): string[] =>
  essays.filter((worked) => worked.succeeded === succeeded).map(({ essay }) => essay.essay_id)
