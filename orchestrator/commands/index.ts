import { PhaseName } from '../../shared/contracts/enums.ts'
import { TOPICS } from '../../shared/contracts/topics.ts'
import type { Catalog } from '../../shared/pipelines/catalog.ts'
import { CatalogError } from '../../shared/pipelines/load.ts'
import { aiFeedbackCommand } from './ai-feedback.ts'
import { cjAssessmentCommand } from './cj-assessment.ts'
import type { CommandBuilder } from './context.ts'
import { nlpCommand } from './nlp.ts'
import { spellcheckCommand } from './spellcheck.ts'

/** The commands that a phase of `phases.yaml` can name: model -> topic and builder. */
const COMMANDS: Readonly<Record<string, { readonly topic: string; readonly build: CommandBuilder }>> = {
  BatchServiceSpellcheckInitiateCommandDataV1: { topic: TOPICS.spellcheckCommand, build: spellcheckCommand },
  BatchServiceNLPInitiateCommandDataV2: { topic: TOPICS.nlpCommand, build: nlpCommand },
  BatchServiceAIFeedbackInitiateCommandDataV1: { topic: TOPICS.aiFeedbackCommand, build: aiFeedbackCommand },
  BatchServiceCJAssessmentInitiateCommandDataV1: { topic: TOPICS.cjCommand, build: cjAssessmentCommand },
}

/** Phase -> builder of its command. Throws a CatalogError for phases whose command is not one that can be built. */
export const commandBuilders = (catalog: Catalog): ReadonlyMap<string, CommandBuilder> => {
  const problems: string[] = []
  const builders = new Map<string, CommandBuilder>()
  for (const { name, command } of catalog.phases.values()) {
    const known = COMMANDS[command.model]
    if (!PhaseName.safeParse(name).success)
      problems.push(
        `phases.yaml: ${name}: no outcome can name it, since it is no PhaseName (shared/contracts/enums.ts)`,
      )
    else if (!known) problems.push(`phases.yaml: ${name}: there is no command ${command.model}`)
    else if (known.topic !== command.topic)
      problems.push(`phases.yaml: ${name}: ${command.model} goes to ${known.topic}`)
    else builders.set(name, known.build)
  }
  if (problems.length > 0) throw new CatalogError(problems)
  return builders
}

/** The builders of a catalog that may be loaded again. Throws as `commandBuilders` does. */
export const builderLookup = (catalog: Catalog): Pick<ReadonlyMap<string, CommandBuilder>, 'get'> => {
  commandBuilders(catalog)
  return { get: (phase) => commandBuilders(catalog).get(phase) }
}
