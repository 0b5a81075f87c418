import { SENDERS } from '../../shared/contracts/senders.ts'
import { TOPICS } from '../../shared/contracts/topics.ts'
import { rounded } from '../rounded.ts'
import { cue } from '../script.ts'
import { batchEntity, processingSummary } from './blocks.ts'
import type { Specialist } from './specialist.ts'

/** Says what it found in each essay, and which essays of the batch are analysed. */
export const nlp: Specialist<typeof TOPICS.nlpCommand> = {
  topic: TOPICS.nlpCommand,
  *ofEssay({ cause, command }, { essay, succeeded, durationMs, endedAt, roll }) {
    if (!succeeded) return
    const words = 150 + Math.floor(roll('words') * 250)
    const sentences = Math.ceil(words / (10 + roll('sentences') * 10))
    yield cue(cause, {
      topic: TOPICS.essayNlpCompleted,
      source: SENDERS.nlp,
      at: endedAt,
      essayId: essay.essay_id,
      key: essay.essay_id,
      data: {
        entity_id: essay.essay_id,
        entity_type: 'essay',
        parent_id: cause.batchId,
        essay_id: essay.essay_id,
        text_storage_id: essay.text_storage_id,
        nlp_metrics: {
          word_count: words,
          sentence_count: sentences,
          avg_sentence_length: rounded(words / sentences),
          language_detected: command.language,
          processing_time_ms: durationMs,
        },
        grammar_analysis: { error_count: Math.floor(roll('grammar') * 10), language: command.language },
      },
    })
  },
  *ofBatch(work) {
    yield cue(work.cause, {
      topic: TOPICS.nlpCompleted,
      source: SENDERS.nlp,
      at: work.endedAt,
      data: {
        ...batchEntity(work, 'batch.nlp.analysis.completed'),
        batch_id: work.cause.batchId,
        processing_summary: processingSummary(work),
      },
    })
  },
}
