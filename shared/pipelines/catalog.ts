/** What the files in `pipelines/` say, typed. Phases and pipelines are data: no code knows a phase by its name. */

/** How many of a phase's essays must succeed for the run to go on: at least one, every one, or a percentage. */
export type MinSuccess = 'any' | 'all' | { readonly percent: number }

/** What one run of a phase costs: nothing, `count` of a resource for each essay, or for each pair of essays. */
export interface PhaseCost {
  readonly resource: string
  readonly per: 'essay' | 'pair'
}

export interface PhaseDefinition {
  readonly name: string
  /** The command that starts the phase: its topic and the name of its wire model. */
  readonly command: { readonly topic: string; readonly model: string }
  readonly dependsOn: readonly string[]
  /** All that it depends on, directly or not. Every plan asks for it, so it is found once. */
  readonly ancestors: readonly string[]
  /** `essay`: only essays without success are commanded. `batch`: the phase looks at all of them together. */
  readonly scope: 'essay' | 'batch'
  readonly needsPrompt: boolean
  /** True when the phase's text references replace those of the essays. */
  readonly producesText: boolean
  readonly minSuccess: MinSuccess
  readonly timeoutMs: number
  /** How often a run commands the phase at most: again after a timeout, never after an outcome. */
  readonly attempts: number
  readonly cost: PhaseCost | undefined
}

export interface Pipeline {
  readonly name: string
  readonly description: string
  readonly execution: 'sequential' | 'parallel'
  /** In execution order: every phase stands behind all that it depends on. */
  readonly phases: readonly PhaseDefinition[]
}

export interface Catalog {
  readonly phases: ReadonlyMap<string, PhaseDefinition>
  readonly pipelines: ReadonlyMap<string, Pipeline>
  /** The pipeline of that name; for a phase's name that phase with all that it depends on; else undefined. */
  resolve(requested: string): Pipeline | undefined
}

/** Whether so many successes out of so many essays are enough for a run to go on; of no essays nothing can succeed. */
export const meetsMinSuccess = (rule: MinSuccess, succeeded: number, total: number): boolean => {
  if (rule === 'any') return succeeded > 0
  if (rule === 'all') return total > 0 && succeeded === total
  return total > 0 && succeeded * 100 >= rule.percent * total
}
