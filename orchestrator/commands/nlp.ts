import { languageOf } from '../../shared/contracts/course.ts'
import { messageOf } from '../../shared/contracts/send.ts'
import { SENDERS } from '../../shared/contracts/senders.ts'
import { TOPICS } from '../../shared/contracts/topics.ts'
import type { CommandBuilder } from './context.ts'

/** Asks for the language analysis of essays. */
export const nlpCommand: CommandBuilder = ({ envelope, entity, essays, registration, prompt }) =>
  messageOf({
    ...envelope,
    topic: TOPICS.nlpCommand,
    source: SENDERS.orchestratorCommand,
    data: {
      ...entity,
      event_name: 'batch.nlp.initiate.command.v2',
      essays_to_process: essays,
      language: languageOf(registration.course_code),
      student_prompt_ref: prompt.reference,
    },
  })
