import { z } from '@hono/zod-openapi'
import { EssayStatus, StatusDetails } from './conductor.ts'
import { RequestView, RunView } from './run-view.ts'

/** Bodies of the conductor's routes that answer with lists. */

/** Which essays are asked for. */
export const EssayFilter = z.object({
  status: z.enum(['pending', 'succeeded', 'failed', 'refused']).optional(),
  /** Judges by this phase alone. */
  phase: z.string().min(1).max(100).optional(),
})
export type EssayFilter = z.infer<typeof EssayFilter>

/** A batch in a list: its status without what grows with its essays, runs and requests. */
export const BatchSummary = StatusDetails.omit({
  essays: true,
  essays_truncated: true,
  student_prompt_ref: true,
  run: true,
  requests: true,
})
export type BatchSummary = z.infer<typeof BatchSummary>

/** A batch's place among those of its owner, newest first: when it was registered, and its id of 255 characters at most. */
export const BatchesCursor = z
  .string()
  .regex(/^\d{16}\|/)
  .max(300)

export const BatchesPage = z.object({
  /** Newest first. */
  batches: z.array(BatchSummary),
  /** How many match in all; null where they are filtered and too many to look at. */
  total: z.int().nullable(),
  /** Null at the end; a page before the end may hold fewer than were asked for. */
  next_cursor: z.string().nullable(),
})
export type BatchesPage = z.infer<typeof BatchesPage>

/** Whose batch it is stands in every answer about a batch, since the gateway decides by it. */
const owners = { batch_id: z.string(), user_id: z.string(), org_id: z.string().nullable(), revision: z.int() }

export const EssaysPage = z.object({ ...owners, essays: z.array(EssayStatus), next_cursor: z.string().nullable() })
export type EssaysPage = z.infer<typeof EssaysPage>

export const RunsResponse = z.object({ ...owners, runs: z.array(RunView), requests: z.array(RequestView) })
export type RunsResponse = z.infer<typeof RunsResponse>
