import { messageOf } from '../../shared/contracts/send.ts'
import { SENDERS } from '../../shared/contracts/senders.ts'
import { TOPICS } from '../../shared/contracts/topics.ts'
import { runOf } from '../runs/model/draft.ts'
import { envelopeFor } from './envelope.ts'
import type { Renderer } from './render.ts'

/** Tells the teacher that work has begun (contracts 5.11). */
export const started: Renderer<'started'> = (book, entry) => {
  const run = runOf(book, entry.run_id)
  const phases = run?.phases.filter(({ decision }) => decision === 'run').map(({ phase }) => phase) ?? []
  const [first] = phases
  if (!run || first === undefined) return []
  return [
    messageOf({
      ...envelopeFor(book, entry),
      topic: TOPICS.teacherNotification,
      source: SENDERS.orchestrator,
      data: {
        teacher_id: book.user_id ?? '',
        notification_type: 'batch_processing_started',
        category: 'batch_progress',
        priority: 'low',
        payload: {
          batch_id: book.batch_id,
          requested_pipeline: run.requested_pipeline,
          resolved_pipeline: phases,
          first_phase: first,
          total_phases: phases.length,
          message: `Processing started: Initiating ${first} phase`,
        },
        correlation_id: entry.correlation_id,
        batch_id: book.batch_id,
      },
    }),
  ]
}
