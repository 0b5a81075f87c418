import type { EssayRef } from '../shared/contracts/blocks.ts'
import type { Chance } from './chance.ts'
import type { SimulatorSettings } from './config.ts'
import { isMarked } from './marks.ts'
import type { Cause } from './script.ts'

/** What became of one essay in one stage: a phase, or `content`. */
export interface EssayWork {
  readonly essay: EssayRef
  readonly succeeded: boolean
  /** Whole milliseconds. */
  readonly durationMs: number
  /** Milliseconds since 1970. */
  readonly endedAt: number
  /** Chance about this essay in this stage; for figures that need not mean anything. */
  readonly roll: (what: string) => number
}

/** A phase or `content`, and how many of its essays fail. */
export interface StageWork {
  readonly stage: string
  readonly failureRate: number
}

/**
 * Works through essays one after the other, on paper: chance and time are functions of the seed, the cause and the essay.
 * One takes from half of `SIMULATOR_PHASE_MS` to one and a half of it.
 */
export const createWorkshop = ({ SIMULATOR_PHASE_MS }: Pick<SimulatorSettings, 'SIMULATOR_PHASE_MS'>, chance: Chance) =>
  function workThrough(cause: Cause, { stage, failureRate }: StageWork, essays: readonly EssayRef[]): EssayWork[] {
    let at = cause.at
    return essays.map((essay) => {
      const roll = (what: string): number => chance(what, cause.eventId, essay.essay_id)
      const durationMs = Math.round(SIMULATOR_PHASE_MS * (0.5 + roll('duration')))
      at += durationMs
      const failed = isMarked(essay.essay_id, 'fail', stage) || (failureRate > 0 && roll('failure') < failureRate)
      return { essay, succeeded: !failed, durationMs, endedAt: at, roll }
    })
  }
export type WorkThrough = ReturnType<typeof createWorkshop>
