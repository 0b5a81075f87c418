import { TOPICS } from '../../shared/contracts/topics.ts'
import { essayId } from '../../shared/ids.ts'
import { essayFailed, essaySucceeded } from '../state/facts.ts'
import { originOf, type Projection } from './projection.ts'

/** The phase that this topic's events are about; they do not name it. */
const PHASE = 'spellcheck'

/** One essay has been spellchecked (thin). While it is pending or in progress there is nothing to know yet. */
export const spellcheckPhaseCompleted: Projection<typeof TOPICS.spellcheckPhaseCompleted> = {
  topic: TOPICS.spellcheckPhaseCompleted,
  project: (received, { producesText }) => {
    const origin = originOf(received)
    const { entity_id, status, corrected_text_storage_id, error_code } = received.envelope.data
    const essay = essayId(entity_id)
    switch (status) {
      case 'completed':
        return [essaySucceeded(essay, PHASE, origin, producesText(PHASE) ? corrected_text_storage_id : null)]
      case 'failed':
        return [essayFailed(essay, PHASE, origin, { errorCode: error_code })]
      default:
        return []
    }
  },
}
