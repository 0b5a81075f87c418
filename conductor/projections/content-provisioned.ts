import { TOPICS } from '../../shared/contracts/topics.ts'
import { essayId } from '../../shared/ids.ts'
import { batchContent, essayProvisioned } from '../state/facts.ts'
import { originOf, type Projection } from './projection.ts'

/** The texts of a batch are stored; a batch without a class is ready with it. */
export const contentProvisioned: Projection<typeof TOPICS.contentProvisioned> = {
  topic: TOPICS.contentProvisioned,
  project: (received) => {
    const origin = originOf(received)
    const essays = received.envelope.data.essays_for_processing
    return [
      batchContent('provisioned', origin),
      ...essays.map((essay) => essayProvisioned(essayId(essay.essay_id), origin, essay.text_storage_id)),
    ]
  },
}
