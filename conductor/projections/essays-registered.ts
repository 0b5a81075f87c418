import { TOPICS } from '../../shared/contracts/topics.ts'
import { essayId } from '../../shared/ids.ts'
import { batchRegistered } from '../state/facts.ts'
import { originOf, type Projection } from './projection.ts'

/** A batch exists, and these are its essays. */
export const essaysRegistered: Projection<typeof TOPICS.essaysRegistered> = {
  topic: TOPICS.essaysRegistered,
  project: (received) => {
    const { data } = received.envelope
    const registration = {
      userId: data.user_id,
      orgId: data.org_id,
      courseCode: data.course_code,
      classId: data.class_id,
      expectedEssayCount: data.expected_essay_count,
      studentPromptRef: data.student_prompt_ref,
      registeredAt: received.at / 1_000,
    }
    return [batchRegistered(registration, data.essay_ids.map(essayId), originOf(received))]
  },
}
