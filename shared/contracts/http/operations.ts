import { z } from '@hono/zod-openapi'
import { RunBook } from '../run-book.ts'

/** Bodies of the conductor's routes for operations. */

/** As in the original: a phase of a batch is marked as done, or as failed. */
export const CompletePhaseRequest = z.object({
  batch_id: z.string().trim().min(1).max(255),
  phase_name: z.string().trim().min(1).max(100),
  success: z.boolean().default(true),
})

export const CompletePhaseResponse = z.object({
  status: z.literal('recorded'),
  batch_id: z.string(),
  phase_name: z.string(),
})

/** All that the conductor keeps of a batch, but for its essays: for operations. */
export const BatchState = z.object({
  batch_id: z.string(),
  revision: z.string(),
  /** When something last changed that plans rest on. */
  facts_revision: z.string(),
  content: z.enum(['pending', 'ready', 'failed']),
  registration: z.record(z.string(), z.unknown()).nullable(),
  /** How many registered essays have the same facts. */
  tally: z.array(
    z.object({
      refused: z.boolean(),
      phases: z.record(z.string(), z.enum(['succeeded', 'failed_settled', 'failed_unsettled'])),
      count: z.int(),
    }),
  ),
  /** Phases that a specialist gave up for the whole batch, naming no essay, and when it last did. */
  broken: z.record(z.string(), z.string()),
  run_book: RunBook.nullable(),
})
export type BatchState = z.infer<typeof BatchState>
