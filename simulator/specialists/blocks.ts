import { dateTimeOf } from '../../shared/contracts/wire.ts'
import type { Cause } from '../script.ts'
import { idsOf, type Work, type Worked } from './specialist.ts'

/** Building blocks of what specialists say (contracts, section 3). */

/** The entity, its metadata and, when it failed, why: of one essay. */
export const essayEntity = (
  { batchId }: Cause,
  { essay, succeeded, durationMs, endedAt }: Worked,
  errorCode: string,
) => {
  const entity = { entity_id: essay.essay_id, entity_type: 'essay', parent_id: batchId }
  return {
    ...entity,
    system_metadata: {
      ...entity,
      processing_stage: succeeded ? ('completed' as const) : ('failed' as const),
      started_at: dateTimeOf(endedAt - durationMs),
      completed_at: dateTimeOf(endedAt),
      error_info: succeeded ? {} : { error_code: errorCode, error_message: 'failed in the simulator, as asked for' },
    },
  }
}

/** The same of a whole batch, with its status: it has failed when no essay succeeded. */
export const batchEntity = ({ cause, essays, endedAt }: Work, event: string) => {
  const entity = { entity_id: cause.batchId, entity_type: 'batch' }
  const failed = essays.every(({ succeeded }) => !succeeded)
  return {
    ...entity,
    status: failed ? ('failed_critically' as const) : ('completed_successfully' as const),
    system_metadata: {
      ...entity,
      processing_stage: failed ? ('failed' as const) : ('completed' as const),
      started_at: dateTimeOf(cause.at),
      completed_at: dateTimeOf(endedAt),
      event,
      error_info: failed ? { reason: 'no essay succeeded' } : {},
    },
  }
}

/** Which essays succeeded and which failed. */
export const processingSummary = ({ cause, essays, endedAt }: Work) => {
  const [successful, failed] = [idsOf(essays, true), idsOf(essays, false)]
  return {
    total_essays: essays.length,
    successful: successful.length,
    failed: failed.length,
    successful_essay_ids: successful,
    failed_essay_ids: failed,
    processing_time_seconds: (endedAt - cause.at) / 1_000,
  }
}
