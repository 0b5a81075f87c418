import { SENDERS } from '../../shared/contracts/senders.ts'
import { TOPICS } from '../../shared/contracts/topics.ts'
import { dateTimeOf } from '../../shared/contracts/wire.ts'
import { rounded } from '../rounded.ts'
import { cue } from '../script.ts'
import { essayEntity } from './blocks.ts'
import type { Specialist, Worked } from './specialist.ts'

const ERROR_CODE = 'SPELLCHECK_SERVICE_ERROR'

/** Says of each essay that it is done, once thin for who counts and once rich for who shows. */
export const spellcheck: Specialist<typeof TOPICS.spellcheckCommand> = {
  topic: TOPICS.spellcheckCommand,
  *ofEssay({ cause }, worked) {
    const { essay, text, succeeded, durationMs, endedAt } = worked
    const said = { source: SENDERS.spellchecker, at: endedAt, essayId: essay.essay_id, key: essay.essay_id }
    const corrected = succeeded ? text.text_storage_id : null
    yield cue(cause, {
      ...said,
      topic: TOPICS.spellcheckPhaseCompleted,
      data: {
        entity_id: essay.essay_id,
        batch_id: cause.batchId,
        correlation_id: cause.correlationId,
        status: succeeded ? 'completed' : 'failed',
        corrected_text_storage_id: corrected,
        error_code: succeeded ? null : ERROR_CODE,
        processing_duration_ms: durationMs,
        timestamp: dateTimeOf(endedAt),
      },
    })
    const metrics = metricsOf(worked)
    yield cue(cause, {
      ...said,
      topic: TOPICS.spellcheckResults,
      data: {
        event_name: 'spellcheck.results',
        ...essayEntity(cause, worked, ERROR_CODE),
        status: succeeded ? 'spellchecked_success' : 'spellcheck_failed',
        batch_id: cause.batchId,
        correlation_id: cause.correlationId,
        corrections_made: metrics.total_corrections,
        correction_metrics: metrics,
        original_text_storage_id: essay.text_storage_id,
        corrected_text_storage_id: corrected,
        processing_duration_ms: durationMs,
      },
    })
  },
}

const metricsOf = ({ succeeded, roll }: Worked) => {
  const words = 150 + Math.floor(roll('words') * 250)
  const corrections = succeeded ? Math.floor(roll('corrections') * 20) : 0
  const bySecondLanguage = Math.floor(corrections * roll('second language'))
  return {
    total_corrections: corrections,
    l2_dictionary_corrections: bySecondLanguage,
    spellchecker_corrections: corrections - bySecondLanguage,
    word_count: words,
    correction_density: rounded((100 * corrections) / words),
  }
}
