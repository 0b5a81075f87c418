import { messageOf } from '../../shared/contracts/send.ts'
import { SENDERS } from '../../shared/contracts/senders.ts'
import { TOPICS } from '../../shared/contracts/topics.ts'
import { registrationOf } from './context.ts'
import { envelopeFor } from './envelope.ts'
import type { Renderer } from './render.ts'

/** Asks for the matching of a REGULAR batch's essays to the students of its class (contracts 5.6). */
export const matching: Renderer<'matching'> = (book, entry) => {
  const { class_id, course_code } = registrationOf(book)
  return [
    messageOf({
      ...envelopeFor(book, entry),
      topic: TOPICS.studentMatchingCommand,
      source: SENDERS.orchestrator,
      data: {
        entity_id: book.batch_id,
        entity_type: 'batch',
        parent_id: null,
        event_name: 'batch.student.matching.initiate.command',
        essays_to_process: entry.essays.map(([essay_id, text_storage_id]) => ({ essay_id, text_storage_id })),
        class_id: class_id ?? '',
        course_code,
      },
      metadata: { user_id: book.user_id, org_id: book.org_id },
    }),
  ]
}
