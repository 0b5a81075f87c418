import { TOPICS } from '../../shared/contracts/topics.ts'
import { essayId } from '../../shared/ids.ts'
import { essayFailed, essaySucceeded } from '../state/facts.ts'
import { originOf, type Projection } from './projection.ts'

/** Operations marked a phase: every essay that was registered then counts as said. Success outranks failure here too. */
export const phaseMarked: Projection<typeof TOPICS.phaseMarked> = {
  topic: TOPICS.phaseMarked,
  project: (received) => {
    const origin = originOf(received)
    const { phase_name: phase, success, essay_ids } = received.envelope.data
    return essay_ids.map((id) =>
      success
        ? essaySucceeded(essayId(id), phase, origin, null)
        : essayFailed(essayId(id), phase, origin, { errorCode: 'marked_failed', listed: true }),
    )
  },
}
