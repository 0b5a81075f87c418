import { z } from 'zod'
import { Anything, baseEvent, orNull, Text } from '../blocks.ts'
import { Float, Whole } from '../wire.ts'

/** Language analysis of one essay. */
export const EssayNlpCompletedV1 = z.object({
  ...baseEvent('essay.nlp.completed'),
  essay_id: Text,
  text_storage_id: Text,
  nlp_metrics: z.object({
    word_count: Whole,
    sentence_count: Whole,
    avg_sentence_length: Float,
    language_detected: Text,
    processing_time_ms: Whole.default(0),
    mean_zipf_frequency: Float.default(0),
    percent_tokens_zipf_below_3: Float.default(0),
    mtld_score: Float.default(0),
    hdd_score: Float.default(0),
    mean_dependency_distance: Float.default(0),
    phrasal_indices: Anything.default({}),
    clausal_indices: Anything.default({}),
    first_order_coherence: Float.default(0),
    second_order_coherence: Float.default(0),
    avg_bigram_pmi: Float.default(0),
    avg_trigram_pmi: Float.default(0),
    avg_bigram_npmi: Float.default(0),
    avg_trigram_npmi: Float.default(0),
  }),
  grammar_analysis: z.object({
    error_count: Whole,
    errors: z.array(Anything).default([]),
    language: Text,
    processing_time_ms: Whole.default(0),
    grammar_category_counts: orNull(z.record(z.string(), Whole)),
    grammar_rule_counts: orNull(z.record(z.string(), Whole)),
  }),
  processing_metadata: Anything.default({}),
})
export type EssayNlpCompletedV1 = z.infer<typeof EssayNlpCompletedV1>
