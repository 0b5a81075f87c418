import { TOPICS } from '../../shared/contracts/topics.ts'
import { essayId } from '../../shared/ids.ts'
import { batchContent, essayProvisioned } from '../state/facts.ts'
import { originOf, type Projection } from './projection.ts'

/** The batch is ready for a pipeline, with the texts to use. */
export const essaysReady: Projection<typeof TOPICS.essaysReady> = {
  topic: TOPICS.essaysReady,
  project: (received) => {
    const origin = originOf(received)
    const essays = received.envelope.data.ready_essays
    return [
      batchContent('ready', origin),
      ...essays.map((essay) => essayProvisioned(essayId(essay.essay_id), origin, essay.text_storage_id)),
    ]
  },
}
