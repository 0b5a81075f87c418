import { TOPICS } from '../../shared/contracts/topics.ts'
import { essayId } from '../../shared/ids.ts'
import { batchContent, essayRefused } from '../state/facts.ts'
import { originOf, type Projection } from './projection.ts'

/** Content validation refused essays; a critical failure is one of the whole batch. */
export const validationErrors: Projection<typeof TOPICS.validationErrors> = {
  topic: TOPICS.validationErrors,
  project: (received) => {
    const origin = originOf(received)
    const { failed_essays, error_summary } = received.envelope.data
    return [
      ...(error_summary.critical_failure ? [batchContent('failed', origin)] : []),
      ...failed_essays.map((essay) => essayRefused(essayId(essay.essay_id), origin, essay.error_detail.error_code)),
    ]
  },
}
