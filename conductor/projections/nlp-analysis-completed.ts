import { TOPICS } from '../../shared/contracts/topics.ts'
import { summaryFacts } from './processing-summary.ts'
import { originOf, type Projection } from './projection.ts'

/** Language analysis of a batch has ended: the essays that it names as analysed, and as failed. */
export const nlpAnalysisCompleted: Projection<typeof TOPICS.nlpCompleted> = {
  topic: TOPICS.nlpCompleted,
  project: (received) => summaryFacts(received.envelope.data.processing_summary, 'nlp', originOf(received)),
}
