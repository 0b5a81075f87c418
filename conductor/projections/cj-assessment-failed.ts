import { TOPICS } from '../../shared/contracts/topics.ts'
import { phaseBroken } from '../state/facts.ts'
import { originOf, type Projection } from './projection.ts'

/**
 * Comparative judgement of a batch broke down. It names no essays, so nothing is known of any one of them: what became of
 * the phase says the batch outcome or the run's deadline. It is kept so that the batch's state shows it.
 */
export const cjAssessmentFailed: Projection<typeof TOPICS.cjFailed> = {
  topic: TOPICS.cjFailed,
  project: (received) => [phaseBroken('cj_assessment', originOf(received))],
}
