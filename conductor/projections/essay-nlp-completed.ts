import { TOPICS } from '../../shared/contracts/topics.ts'
import { essayId } from '../../shared/ids.ts'
import { essaySucceeded } from '../state/facts.ts'
import { originOf, type Projection } from './projection.ts'

/** Language analysis of one essay is there; its batch is its parent. The text that it names is the one that was analysed. */
export const essayNlpCompleted: Projection<typeof TOPICS.essayNlpCompleted> = {
  topic: TOPICS.essayNlpCompleted,
  project: (received) => [essaySucceeded(essayId(received.envelope.data.essay_id), 'nlp', originOf(received), null)],
}
