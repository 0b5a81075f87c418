import { messageOf } from '../../shared/contracts/send.ts'
import { SENDERS } from '../../shared/contracts/senders.ts'
import { TOPICS } from '../../shared/contracts/topics.ts'
import { registrationOf } from './context.ts'
import { batchMetadata, envelopeFor } from './envelope.ts'
import type { Renderer } from './render.ts'

export const registered: Renderer<'registered'> = (book, entry) => {
  const { expected_essay_count, essay_ids, course_code, class_id, student_prompt_ref } = registrationOf(book)
  return [
    messageOf({
      ...envelopeFor(book, entry),
      topic: TOPICS.essaysRegistered,
      source: SENDERS.orchestratorRegistration,
      data: {
        entity_id: book.batch_id,
        expected_essay_count,
        essay_ids,
        metadata: batchMetadata(book, 'batch.essays.registered', entry.at),
        course_code,
        student_prompt_ref,
        user_id: book.user_id ?? '',
        org_id: book.org_id,
        class_id,
      },
    }),
  ]
}
