import { SENDERS } from '../../shared/contracts/senders.ts'
import { TOPICS } from '../../shared/contracts/topics.ts'
import { dateTimeOf } from '../../shared/contracts/wire.ts'
import { derivedId } from '../../shared/ids.ts'
import { cue } from '../script.ts'
import { essayEntity } from './blocks.ts'
import type { Specialist } from './specialist.ts'

/** Says of each essay where its feedback is. */
export const aiFeedback: Specialist<typeof TOPICS.aiFeedbackCommand> = {
  topic: TOPICS.aiFeedbackCommand,
  *ofEssay({ cause }, worked) {
    const { essay, succeeded, durationMs, endedAt } = worked
    yield cue(cause, {
      topic: TOPICS.aiFeedbackCompleted,
      source: SENDERS.aiFeedback,
      at: endedAt,
      essayId: essay.essay_id,
      key: essay.essay_id,
      data: {
        ...essayEntity(cause, worked, 'AI_FEEDBACK_SERVICE_ERROR'),
        status: succeeded ? 'ai_feedback_success' : 'ai_feedback_failed',
        feedback_details: {
          model_version: 'simulator',
          generation_timestamp: dateTimeOf(endedAt),
          feedback_type: 'student_facing',
          processing_time_seconds: durationMs / 1_000,
        },
        feedback_content_storage_id: succeeded ? derivedId(cause.eventId, 'feedback', essay.essay_id) : null,
      },
    })
  },
}
