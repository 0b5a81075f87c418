import { messageOf } from '../../shared/contracts/send.ts'
import { SENDERS } from '../../shared/contracts/senders.ts'
import { TOPICS } from '../../shared/contracts/topics.ts'
import { batchMetadata, envelopeFor } from './envelope.ts'
import type { Renderer } from './render.ts'

/** Sent once, by the run that skips (design section 7). */
export const skipped: Renderer<'skipped'> = (book, entry) => [
  messageOf({
    ...envelopeFor(book, entry, entry.phase),
    topic: TOPICS.phaseSkipped,
    source: SENDERS.orchestrator,
    data: {
      batch_id: book.batch_id,
      phase_name: entry.phase,
      correlation_id: entry.correlation_id,
      metadata: batchMetadata(book, 'batch.phase.skipped', entry.at),
    },
  }),
]
