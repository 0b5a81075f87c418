import { TOPICS } from '../../shared/contracts/topics.ts'
import { essayId } from '../../shared/ids.ts'
import { essayFailed, essaySucceeded } from '../state/facts.ts'
import { originOf, type Projection } from './projection.ts'

const PHASE = 'student_matching'

/** Who wrote which essay is settled; an essay whose writer stays unknown was not matched. */
export const associationsConfirmed: Projection<typeof TOPICS.associationsConfirmed> = {
  topic: TOPICS.associationsConfirmed,
  project: (received) => {
    const origin = originOf(received)
    return received.envelope.data.associations.map(({ essay_id, student_id }) =>
      student_id === null
        ? essayFailed(essayId(essay_id), PHASE, origin, { errorCode: 'STUDENT_UNKNOWN' })
        : essaySucceeded(essayId(essay_id), PHASE, origin, null),
    )
  },
}
