import { languageOf } from '../../shared/contracts/course.ts'
import { messageOf } from '../../shared/contracts/send.ts'
import { SENDERS } from '../../shared/contracts/senders.ts'
import { TOPICS } from '../../shared/contracts/topics.ts'
import type { CommandBuilder } from './context.ts'

/** Asks for the spellcheck of essays. */
export const spellcheckCommand: CommandBuilder = ({ envelope, entity, essays, registration }) =>
  messageOf({
    ...envelope,
    topic: TOPICS.spellcheckCommand,
    source: SENDERS.orchestratorCommand,
    data: {
      ...entity,
      event_name: 'batch.spellcheck.initiate.command',
      essays_to_process: essays,
      language: languageOf(registration.course_code),
    },
  })
