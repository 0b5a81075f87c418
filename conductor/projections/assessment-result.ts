import { TOPICS } from '../../shared/contracts/topics.ts'
import { essayId } from '../../shared/ids.ts'
import { essaySucceeded } from '../state/facts.ts'
import { originOf, type Projection } from './projection.ts'

/** Grades of a comparative judgement (rich): who has one was judged. Anchors are no essays of the batch. */
export const assessmentResult: Projection<typeof TOPICS.assessmentResult> = {
  topic: TOPICS.assessmentResult,
  project: (received) =>
    received.envelope.data.essay_results
      .filter(({ is_anchor }) => !is_anchor)
      .map(({ essay_id }) => essaySucceeded(essayId(essay_id), 'cj_assessment', originOf(received), null)),
}
