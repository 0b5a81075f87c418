import { z } from 'zod'

/**
 * The run book of a batch: all that the orchestrator knows of it, as it stands on the additive compacted topic
 * `huleedu.batch.run.changed.v1` (key = batch id). The conductor projects it, so that one read gives facts, run and
 * requests together; a lost run store is restored from it (invariant 13).
 */

/** Lists of Lua come back as `{}` when they are empty: its JSON does not tell the two apart. */
const listOf = <Item extends z.ZodType>(item: Item) =>
  z.preprocess((value) => (isEmptyObject(value) ? [] : value), z.array(item))

const isEmptyObject = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length === 0

/** Milliseconds since 1970, by the store's clock. */
const Millis = z.int().nonnegative()

export const RunPhaseStatus = z.enum([
  'pending',
  'running',
  'completed_successfully',
  'completed_with_failures',
  'failed',
  'skipped',
  'skipped_due_to_dependency_failure',
  'cancelled',
])
export type RunPhaseStatus = z.infer<typeof RunPhaseStatus>

export const RunPhase = z.object({
  phase: z.string(),
  decision: z.enum(['run', 'skip']),
  /** The plan's reason code. */
  reason: z.string(),
  status: RunPhaseStatus,
  /** Counts commands of this phase within the run, from 1; 0 before the first. */
  attempt: z.int().nonnegative(),
  /** Essays commanded, and what became of them. */
  total: z.int().nonnegative(),
  succeeded: z.int().nonnegative(),
  failed: z.int().nonnegative(),
  commanded_at: Millis.nullable(),
  completed_at: Millis.nullable(),
  /** Until when the open attempt may go on without an outcome. */
  deadline_at: Millis.nullable().default(null),
  /** What was wrong beyond single essays: `timed_out`, or `not_reported` when an outcome left commanded essays out. */
  error: z.string().nullable().default(null),
  paused: z
    .boolean()
    .default(false)
    .describe('Operations hold the phase back: the run goes on by itself once they resume it, or can be cancelled'),
  /**
   * The essays of the open attempt, in the order commanded; empty when none is open. Empty in a published book, too, whose
   * metadata points at them by their places in the registration: ids are named once.
   */
  essay_ids: listOf(z.string()),
})
export type RunPhase = z.infer<typeof RunPhase>

export const RunStatus = z.enum([
  'processing',
  'completed_successfully',
  'completed_with_failures',
  'failed',
  'cancelled',
])
export type RunStatus = z.infer<typeof RunStatus>

/** An essay that content validation refused, and the code of its refusal. */
export const RefusedEssay = z.object({ essay_id: z.string(), code: z.string() })
export type RefusedEssay = z.infer<typeof RefusedEssay>

/** How many refused essays the newest run of a book names. */
export const REFUSED_LIMIT = 100

export const RunSummary = z.object({
  run_id: z.string(),
  /** Event id of the request that this run answers. */
  request_id: z.string(),
  correlation_id: z.string(),
  requested_pipeline: z.string(),
  user_id: z.string(),
  is_retry: z.boolean(),
  /** The facts' revision at which the essays were read and frozen (invariant 9). */
  plan_revision: z.string(),
  status: RunStatus,
  phases: listOf(RunPhase),
  essay_count: z.int().nonnegative(),
  failed_essay_count: z.int().nonnegative(),
  /** Essays that content validation had refused when the run was planned: nothing was commanded for them. */
  refused_essay_count: z.int().nonnegative().default(0),
  /** The first 100 of them, in the order of the registration; only the newest run names them. */
  refused_essays: listOf(RefusedEssay).default([]),
  started_at: Millis,
  completed_at: Millis.nullable(),
})
export type RunSummary = z.infer<typeof RunSummary>

export const RequestVerdict = z.enum(['waiting_for_content', 'planning', 'accepted', 'refused'])
export type RequestVerdict = z.infer<typeof RequestVerdict>

/** What became of one client request: a client finds its own by correlation id. */
export const RequestEntry = z.object({
  request_id: z.string(),
  correlation_id: z.string(),
  requested_pipeline: z.string(),
  user_id: z.string(),
  is_retry: z.boolean(),
  /** The redrive of a dead letter that it was last judged for; null for one that was never redriven. */
  redrive_id: z.string().nullish(),
  verdict: RequestVerdict,
  /** A stable code when refused (`run_active`, `not_owner`, `content_timeout`...), else null. */
  reason: z.string().nullable(),
  /** One sentence for people, or null. */
  detail: z.string().nullable(),
  run_id: z.string().nullable(),
  /** Time of the request itself; 0 where an older book does not say it. */
  requested_at: Millis.default(0),
  received_at: Millis,
  decided_at: Millis.nullable(),
})
export type RequestEntry = z.infer<typeof RequestEntry>

export const RunBook = z.object({
  batch_id: z.string(),
  /** Only grows (invariant 10); as text, since Lua's JSON keeps 14 digits of a number. */
  revision: z.string(),
  user_id: z.string().nullable(),
  org_id: z.string().nullable(),
  content: z.enum(['pending', 'ready', 'failed']),
  /** The last 20, oldest first; only the last can be active. */
  runs: listOf(RunSummary),
  /** The last 20, oldest first. */
  requests: listOf(RequestEntry),
})
export type RunBook = z.infer<typeof RunBook>

/** How many runs and requests a book keeps. */
export const BOOK_LIMIT = 20
