import type { EssayRef } from '../shared/contracts/blocks.ts'
import type { Chance } from './chance.ts'
import type { SimulatorSettings } from './config.ts'
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

/** How often essays of a stage fail by chance; `SIMULATOR_FAILURE_RATE` for phases. */
export interface StageWork {
  readonly stage: string
  readonly failureRate: number
}

/** Whether the id of an essay, which also names its file, asks for something: `anna-fail-nlp` fails in the phase `nlp`. */
export const isMarked = (essayId: string, wish: string, stage: string): boolean => essayId.includes(`${wish}-${stage}`)

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
      const failed = isMarked(essay.essay_id, 'fail', stage) || roll('failure') < failureRate
      return { essay, succeeded: !failed, durationMs, endedAt: at, roll }
    })
  }
export type WorkThrough = ReturnType<typeof createWorkshop>
