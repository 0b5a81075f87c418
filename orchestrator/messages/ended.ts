import { messageOf } from '../../shared/contracts/send.ts'
import { SENDERS } from '../../shared/contracts/senders.ts'
import { TOPICS } from '../../shared/contracts/topics.ts'
import { runOf } from '../runs/model/draft.ts'
import { batchMetadata, envelopeFor } from './envelope.ts'
import type { Renderer } from './render.ts'

/**
 * The end of a run, for the result aggregator and for the teacher (contracts 5.9 and 5.11). The wire knows two ends only:
 * a run that failed ends there as `completed_with_failures`, so that readers of the original see an end at all.
 */
export const ended: Renderer<'ended'> = (book, entry) => {
  const run = runOf(book, entry.run_id)
  if (!run) return []
  const completed_phases = run.phases
    .filter(({ status }) => status === 'completed_successfully' || status === 'completed_with_failures')
    .map(({ phase }) => phase)
  // The original knows no failed run: neighbours read that as one with failures.
  const final_status =
    run.status === 'completed_successfully' || run.status === 'cancelled' ? run.status : 'completed_with_failures'
  const seconds = ((run.completed_at ?? run.started_at) - run.started_at) / 1_000
  const failed = run.failed_essay_count
  const successful = run.essay_count - failed
  const completed = messageOf({
    ...envelopeFor(book, entry),
    topic: TOPICS.pipelineCompleted,
    source: SENDERS.orchestrator,
    data: {
      batch_id: book.batch_id,
      completed_phases,
      final_status,
      processing_duration_seconds: seconds,
      successful_essay_count: successful,
      failed_essay_count: failed,
      correlation_id: run.correlation_id,
      metadata: batchMetadata(book, 'batch.pipeline.completed', entry.at),
    },
    metadata: { batch_id: book.batch_id, completed_phases, final_status },
  })
  const notice = messageOf({
    ...envelopeFor(book, entry, 'notification'),
    topic: TOPICS.teacherNotification,
    source: SENDERS.orchestrator,
    data: {
      teacher_id: book.user_id ?? '',
      notification_type: 'pipeline_completed',
      category: 'batch_progress',
      priority: failed > 0 ? 'immediate' : 'high',
      action_required: failed > 0,
      payload: {
        batch_id: book.batch_id,
        final_status,
        completed_phases,
        successful_essays: successful,
        failed_essays: failed,
        duration_seconds: seconds,
        message: `Pipeline ${run.requested_pipeline} ended: ${successful} essays succeeded, ${failed} failed`,
      },
      correlation_id: run.correlation_id,
      batch_id: book.batch_id,
    },
  })
  return [completed, notice]
}
