import { classTypeOf, languageOf } from '../../shared/contracts/course.ts'
import { messageOf } from '../../shared/contracts/send.ts'
import { SENDERS } from '../../shared/contracts/senders.ts'
import { TOPICS } from '../../shared/contracts/topics.ts'
import type { CommandBuilder } from './context.ts'

/** Asks for the comparative judgement of essays. */
export const cjAssessmentCommand: CommandBuilder = ({ envelope, entity, essays, registration, prompt }) =>
  messageOf({
    ...envelope,
    topic: TOPICS.cjCommand,
    source: SENDERS.orchestratorCommand,
    data: {
      ...entity,
      event_name: 'batch.cj_assessment.initiate.command',
      essays_to_process: essays,
      language: languageOf(registration.course_code),
      course_code: registration.course_code,
      student_prompt_ref: prompt.reference,
      class_type: classTypeOf(registration.class_id),
      assignment_id: prompt.assignmentId,
    },
  })
