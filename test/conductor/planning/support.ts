import { makePlan, type PlanInput } from '../../../conductor/planning/plan.ts'
import { tallyOf } from '../../../conductor/state/signature.ts'
import { catalogOf } from '../../../shared/pipelines/load.ts'

const phase = (over: Record<string, unknown> = {}): string =>
  JSON.stringify({
    command: { topic: 't', model: 'M' },
    depends_on: [],
    scope: 'essay',
    needs_prompt: false,
    timeout: '1m',
    ...over,
  })

/** The pipelines `both` and `all` of phases in a row, with what is said of the first and the second. */
export const catalog = (first: Record<string, unknown> = {}, second: Record<string, unknown> = {}) =>
  catalogOf(
    new Map([
      [
        'phases.yaml',
        `first: ${phase(first)}\nsecond: ${phase({ depends_on: ['first'], ...second })}\nthird: ${phase({ depends_on: ['second'] })}`,
      ],
      ['both.yaml', 'description: both\nphases: [first, second]'],
      ['all.yaml', 'description: all\nphases: [first, second, third]'],
    ]),
  )

/** A plan for so many essays of each signature. */
export const planOf = (
  requested: string,
  counts: Readonly<Record<string, number>>,
  over: Partial<PlanInput> = {},
  from = catalog(),
) => {
  const pipeline = from.resolve(requested)
  if (!pipeline) throw new Error(`no pipeline ${requested}`)
  const tally = tallyOf(Object.entries(counts))
  return makePlan({ pipeline, tally, isRegistered: true, content: 'ready', hasPrompt: true, isRetry: false, ...over })
}

/** `decision reason essays` per phase. */
export const decisions = (plan: ReturnType<typeof makePlan>): Record<string, string> =>
  Object.fromEntries(plan.phases.map((p) => [p.phase, `${p.decision} ${p.reason} ${p.essay_count}`]))
