import { TOPICS } from '../../shared/contracts/topics.ts'
import { MalformedError } from '../../shared/errors.ts'
import { type EssayId, essayId } from '../../shared/ids.ts'
import { essayFailed, essaySucceeded, type Fact, type Origin } from '../state/facts.ts'
import { originOf, type Projection, type ProjectionContext } from './projection.ts'

/** The phase that these topics' events are about; they do not name it. */
const PHASE = 'spellcheck'

/** The essay that a message is about. Throws a MalformedError when it names none. */
const essayOf = (id: string | null): EssayId => {
  if (id === null) throw new MalformedError('data_invalid', '/data/entity_id: the message names no essay')
  return essayId(id)
}

interface Result {
  readonly essay: EssayId
  readonly status: string
  readonly text: string | null
  readonly errorCode: unknown
}

/** Any other status is not an end: there is nothing to know yet. */
const factsOf = (result: Result, origin: Origin, { producesText }: ProjectionContext): readonly Fact[] => {
  switch (result.status) {
    case 'spellchecked_success':
      return [essaySucceeded(result.essay, PHASE, origin, producesText(PHASE) ? result.text : null)]
    case 'spellcheck_failed': {
      const errorCode = typeof result.errorCode === 'string' ? result.errorCode : null
      return [essayFailed(result.essay, PHASE, origin, { errorCode })]
    }
    default:
      return []
  }
}

/** One essay has been spellchecked (rich). */
export const spellcheckResult: Projection<typeof TOPICS.spellcheckResults> = {
  topic: TOPICS.spellcheckResults,
  project: (received, context) => {
    const { entity_id, status, corrected_text_storage_id: text, system_metadata } = received.envelope.data
    const result = { essay: essayOf(entity_id), status, text, errorCode: system_metadata.error_info['error_code'] }
    return factsOf(result, originOf(received), context)
  },
}

/** One essay has been spellchecked, the older form; its batch is its parent. */
export const spellcheckResultData: Projection<typeof TOPICS.spellcheckCompleted> = {
  topic: TOPICS.spellcheckCompleted,
  project: (received, context) => {
    const { entity_id, status, storage_metadata, system_metadata } = received.envelope.data
    const text = storage_metadata?.references.corrected_text?.['storage_id'] ?? null
    const result = { essay: essayOf(entity_id), status, text, errorCode: system_metadata.error_info['error_code'] }
    return factsOf(result, originOf(received), context)
  },
}
