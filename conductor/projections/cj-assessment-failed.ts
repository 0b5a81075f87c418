import { TOPICS } from '../../shared/contracts/topics.ts'
import { phaseBroken } from '../state/facts.ts'
import { originOf, type Projection } from './projection.ts'

/**
 * Comparative judgement of a batch broke down. It names no essays, so nothing is known of any one of them, and a next plan runs
 * what was not judged. It is no outcome either, so it ends no run (design section 5): the batch outcome does, or the phase's
 * deadline. The batch's state shows it under `broken`.
 */
export const cjAssessmentFailed: Projection<typeof TOPICS.cjFailed> = {
  topic: TOPICS.cjFailed,
  project: (received) => [phaseBroken('cj_assessment', originOf(received))],
}
