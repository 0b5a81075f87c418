import { PhaseName } from '../../shared/contracts/enums.ts'
import { derivedId } from '../../shared/ids.ts'
import type { Catalog, PhaseDefinition } from '../../shared/pipelines/catalog.ts'
import { CatalogError } from '../../shared/pipelines/load.ts'
import { type Answer, answering } from '../answer.ts'
import type { Cause } from '../script.ts'
import type { EssayWork, WorkThrough } from '../work.ts'
import { aiFeedback } from './ai-feedback.ts'
import { cjAssessment } from './cj-assessment.ts'
import { nlp } from './nlp.ts'
import { outcomeOf } from './outcome.ts'
import type { CommandTopic, Specialist, Worked } from './specialist.ts'
import { spellcheck } from './spellcheck.ts'

export interface SpecialistDeps {
  readonly workThrough: WorkThrough
  /** `SIMULATOR_FAILURE_RATE`. */
  readonly failureRate: number
}

type Employ = (name: PhaseName, phase: PhaseDefinition, deps: SpecialistDeps) => Answer

/** A specialist at work for a phase: its command is answered essay by essay, then of the batch, then with the outcome. */
const employ =
  <T extends CommandTopic>({ topic, ofEssay, ofBatch }: Specialist<T>): Employ =>
  (name, phase, { workThrough, failureRate }) =>
    answering({
      topic,
      stage: name,
      essayIdsOf: ({ essays_to_process }) => essays_to_process.map(({ essay_id }) => essay_id),
      *cuesOf(cause, command) {
        const worked = workThrough(cause, { stage: name, failureRate }, command.essays_to_process)
        const essays = worked.map((essay) => withText(cause, phase, essay))
        const work = { cause, command, essays, endedAt: essays.at(-1)?.endedAt ?? cause.at }
        if (ofEssay) for (const essay of essays) yield* ofEssay(work, essay)
        if (ofBatch) yield* ofBatch(work)
        yield outcomeOf(work, name)
      },
    })

const withText = (cause: Cause, { name, producesText }: PhaseDefinition, worked: EssayWork): Worked => {
  const { essay } = worked
  if (!producesText) return { ...worked, text: essay }
  return { ...worked, text: { ...essay, text_storage_id: derivedId(cause.eventId, 'text', name, essay.essay_id) } }
}

/** Who answers which command. */
const SPECIALISTS: ReadonlyMap<string, Employ> = new Map([
  [spellcheck.topic, employ(spellcheck)],
  [nlp.topic, employ(nlp)],
  [aiFeedback.topic, employ(aiFeedback)],
  [cjAssessment.topic, employ(cjAssessment)],
] satisfies readonly (readonly [string, Employ])[])

/** An answer to the command of every phase. Throws a CatalogError for a phase that nobody can play. */
export const specialistsOf = (catalog: Catalog, deps: SpecialistDeps): readonly Answer[] => {
  const problems: string[] = []
  const answers = [...catalog.phases.values()].flatMap((phase) => {
    // An outcome can only name a phase that the wire knows.
    const { data: name } = PhaseName.safeParse(phase.name)
    const answer = name && SPECIALISTS.get(phase.command.topic)?.(name, phase, deps)
    if (!answer) problems.push(`phases.yaml: ${phase.name}: nobody in the simulator plays it (${phase.command.topic})`)
    return answer ?? []
  })
  if (problems.length > 0) throw new CatalogError(problems)
  return answers
}
