import type { PlanPhase } from '../../shared/contracts/http/conductor.ts'
import type { Pipeline } from '../../shared/pipelines/catalog.ts'
import type { EssayPage } from '../state/port.ts'
import { parseSignature } from '../state/signature.ts'
import { coverage } from './eligible.ts'
import type { Plan } from './plan.ts'

/** So many essays of each phase are named. */
const NAMED = 100
/** Essays that one read looks at: the first few are usually enough. */
const FIRST_PAGE = 100
const PAGE = 1_000
/** Essays looked at in all, in 21 reads: whoever needs all of a larger batch's pages through them. */
const SEARCHED = FIRST_PAGE + 20 * PAGE

/** Reads a page of the registered essays at the plan's own facts. */
export type ReadPage = (first: number, count: number) => Promise<EssayPage>

/**
 * The phases of a plan with up to 100 of the essays that each would be commanded with, by the rule that counted them. Reads on
 * until every phase has its essays, for a bounded number of reads; undefined when the facts moved on meanwhile.
 */
export const withEssayIds = async (
  plan: Plan,
  pipeline: Pipeline,
  readPage: ReadPage,
): Promise<PlanPhase[] | undefined> => {
  const phases = new Map(pipeline.phases.map((phase) => [phase.name, phase]))
  const running = new Set(plan.phases.filter(({ decision }) => decision !== 'skip').map(({ phase }) => phase))
  const searches = plan.phases.map((planned) => {
    const definition = phases.get(planned.phase)
    const isCovered = definition ? coverage(definition, running) : () => false
    return { planned, isCovered, wanted: Math.min(planned.essay_count, NAMED), ids: [] as string[] }
  })
  const open = () => searches.filter(({ ids, wanted }) => ids.length < wanted)

  for (let first: number | null = 0; first !== null && first < SEARCHED && open().length > 0; ) {
    const page = await readPage(first, first === 0 ? FIRST_PAGE : PAGE)
    if (page.moved) return undefined
    for (const { essayId, signature } of page.essays) {
      const known = parseSignature(signature)
      for (const { ids, isCovered } of open()) if (isCovered(known)) ids.push(essayId)
    }
    first = page.next
  }
  return searches.map(({ planned, ids, wanted }) => ({
    ...planned,
    essay_ids: ids,
    essay_ids_complete: ids.length === wanted,
  }))
}
