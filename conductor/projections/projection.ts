import type { Received } from '../../shared/contracts/receive.ts'
import type { Topic } from '../../shared/contracts/topics.ts'
import type { Fact } from '../state/facts.ts'

/** What projections look up; data of the catalog, never a phase's name in code. */
export interface ProjectionContext {
  /** Whether the phase's text references replace those of the essays. */
  producesText(phase: string): boolean
}

/** Turns the events of one topic into facts about their batch. Pure; no facts is an answer. */
export interface Projection<T extends Topic = Topic> {
  readonly topic: T
  readonly project: (received: Received<T>, context: ProjectionContext) => readonly Fact[]
}

/** When and by what a received event says so. */
export const originOf = ({ at, envelope }: Pick<Received, 'at' | 'envelope'>) => ({ at, eventId: envelope.event_id })
