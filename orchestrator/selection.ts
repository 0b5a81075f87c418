import type { Catalog } from '../shared/pipelines/catalog.ts'
import type { StartInput } from './runs/port.ts'

/** What a retry asks for beyond what did not succeed. */
export interface Selection {
  /** Only these essays. */
  readonly essayIds: readonly string[] | null
  /** Only if the facts are still those of a preview. */
  readonly planRevision: string | null
}

export type Selected = { readonly input: StartInput } | { readonly reason: string; readonly detail: string }

/** So many ids stand in a sentence. */
const SHOWN = 5

/** Narrows a plan down to what was selected, or says why that cannot be. */
export const select = (input: StartInput, { essayIds, planRevision }: Selection, catalog: Catalog): Selected => {
  if (planRevision !== null && planRevision !== input.plan_revision)
    return { reason: 'plan_outdated', detail: 'The facts of the batch have moved on since the preview.' }
  if (essayIds === null) return { input }
  const whole = input.phases.find(
    ({ phase, decision }) => decision === 'run' && catalog.phases.get(phase)?.scope === 'batch',
  )
  if (whole)
    return { reason: 'essays_not_selectable', detail: `${whole.phase} looks at the whole batch: leave essay_ids out.` }
  const runnable = new Set(input.phases.flatMap(({ planned }) => planned))
  const others = essayIds.filter((id) => !runnable.has(id))
  if (others.length > 0) {
    const more = others.length > SHOWN ? ` and ${others.length - SHOWN} more` : ''
    return {
      reason: 'essays_not_retryable',
      detail: `Nothing is left to do for: ${others.slice(0, SHOWN).join(', ')}${more}.`,
    }
  }
  const wanted = new Set(essayIds)
  const texts = Object.fromEntries(Object.entries(input.texts).filter(([id]) => wanted.has(id)))
  const phases = input.phases.map((phase): StartInput['phases'][number] => {
    const planned = phase.planned.filter((id) => wanted.has(id))
    if (phase.decision === 'skip' || planned.length > 0) return { ...phase, planned }
    return { ...phase, planned, decision: 'skip', reason: 'not_selected' }
  })
  return { input: { ...input, phases, texts, essay_count: wanted.size } }
}
