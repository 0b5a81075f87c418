import { TOPICS } from '../../shared/contracts/topics.ts'
import { essayOf, essayResultFacts } from './essay-result.ts'
import { originOf, type Projection } from './projection.ts'

const PHASE = 'ai_feedback'
const ends = { succeeded: 'ai_feedback_success', failed: 'ai_feedback_failed' }

/** One essay has its feedback, or will not get it; its batch is its parent. What was written is no text of the essay's. */
export const aiFeedbackResult: Projection<typeof TOPICS.aiFeedbackCompleted> = {
  topic: TOPICS.aiFeedbackCompleted,
  project: (received) => {
    const { entity_id, status, system_metadata } = received.envelope.data
    const errorCode = system_metadata.error_info['error_code']
    const result = { essay: essayOf(entity_id), phase: PHASE, status, ends, text: null, errorCode }
    return essayResultFacts(result, originOf(received))
  },
}
