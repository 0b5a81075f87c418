import { TOPICS } from '../../shared/contracts/topics.ts'
import { summaryFacts } from './processing-summary.ts'
import { originOf, type Projection } from './projection.ts'

/** Comparative judgement of a batch has ended (thin): the essays that it names as judged, and as failed. */
export const cjAssessmentCompleted: Projection<typeof TOPICS.cjCompleted> = {
  topic: TOPICS.cjCompleted,
  project: (received) => summaryFacts(received.envelope.data.processing_summary, 'cj_assessment', originOf(received)),
}
