import { TOPICS } from '../../shared/contracts/topics.ts'
import { essayOf, essayResultFacts } from './essay-result.ts'
import { originOf, type Projection } from './projection.ts'

/** The phase that these topics' events are about; they do not name it. */
const PHASE = 'spellcheck'
const ends = { succeeded: 'spellchecked_success', failed: 'spellcheck_failed' }

/** One essay has been spellchecked (rich). */
export const spellcheckResult: Projection<typeof TOPICS.spellcheckResults> = {
  topic: TOPICS.spellcheckResults,
  project: (received, { producesText }) => {
    const { entity_id, status, corrected_text_storage_id, system_metadata } = received.envelope.data
    const text = producesText(PHASE) ? corrected_text_storage_id : null
    const errorCode = system_metadata.error_info['error_code']
    return essayResultFacts(
      { essay: essayOf(entity_id), phase: PHASE, status, ends, text, errorCode },
      originOf(received),
    )
  },
}

/** One essay has been spellchecked, the older form; its batch is its parent. */
export const spellcheckResultData: Projection<typeof TOPICS.spellcheckCompleted> = {
  topic: TOPICS.spellcheckCompleted,
  project: (received, { producesText }) => {
    const { entity_id, status, storage_metadata, system_metadata } = received.envelope.data
    const stored = storage_metadata?.references.corrected_text?.['storage_id'] ?? null
    const text = producesText(PHASE) ? stored : null
    const errorCode = system_metadata.error_info['error_code']
    return essayResultFacts(
      { essay: essayOf(entity_id), phase: PHASE, status, ends, text, errorCode },
      originOf(received),
    )
  },
}
