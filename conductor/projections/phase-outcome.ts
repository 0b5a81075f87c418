import { TOPICS } from '../../shared/contracts/topics.ts'
import { essayId } from '../../shared/ids.ts'
import { essayFailed, essaySucceeded } from '../state/facts.ts'
import { originOf, type Projection } from './projection.ts'

/**
 * A phase of a batch has ended: what it lists counts, whatever the status of the phase as a whole is. Texts count only of
 * a phase that produces them; the original's other outcomes carry the uncorrected ones (design section 7). A phase of the
 * wire that no pipeline has (student_matching) keeps its facts too.
 */
export const phaseOutcome: Projection<typeof TOPICS.phaseOutcome> = {
  topic: TOPICS.phaseOutcome,
  project: (received, { producesText }) => {
    const origin = originOf(received)
    const { phase_name: phase, processed_essays, failed_essay_ids } = received.envelope.data
    const withText = producesText(phase)
    return [
      ...processed_essays.map((essay) =>
        essaySucceeded(essayId(essay.essay_id), phase, origin, withText ? essay.text_storage_id : null),
      ),
      ...failed_essay_ids.map((id) => essayFailed(essayId(id), phase, origin, { listed: true })),
    ]
  },
}
