import type { PhaseName } from '../../shared/contracts/enums.ts'
import { SENDERS } from '../../shared/contracts/senders.ts'
import { TOPICS } from '../../shared/contracts/topics.ts'
import { type Cue, cue } from '../script.ts'
import { idsOf, type Work } from './specialist.ts'

/** What the essay lifecycle service makes of a phase that has ended (contracts 5.3). */
export const outcomeOf = ({ cause, essays, endedAt }: Work, phase: PhaseName): Cue => {
  const succeeded = essays.filter((worked) => worked.succeeded)
  const failedIds = idsOf(essays, false)
  return cue(cause, {
    topic: TOPICS.phaseOutcome,
    source: SENDERS.essayLifecycle,
    at: endedAt,
    data: {
      batch_id: cause.batchId,
      phase_name: phase,
      phase_status:
        succeeded.length === 0
          ? 'failed_critically'
          : failedIds.length === 0
            ? 'completed_successfully'
            : 'completed_with_failures',
      processed_essays: succeeded.map(({ text }) => text),
      failed_essay_ids: failedIds,
    },
  })
}
