import { z } from '@hono/zod-openapi'
import { PositionBody } from './conductor.ts'
import { PromptReferences } from './prompt-references.ts'
import { RequestView, RunView } from './run-view.ts'

/** Bodies of the orchestrator's routes. */

export const RegisterResponse = z.object({
  batch_id: z.string(),
  correlation_id: z.string(),
  status: z.literal('registered'),
})
export type RegisterResponse = z.infer<typeof RegisterResponse>

/** A run that has not ended, or a request that waits for one. */
export const BatchActivity = z.object({
  /** Null for a request that has no run yet. */
  run_id: z.string().nullable(),
  /** Of the request, which stands in the batch's status. */
  correlation_id: z.string(),
  requested_pipeline: z.string(),
  /** `processing`, or how far the request is: `waiting_for_content` or `planning`. */
  status: z.string(),
})
export type BatchActivity = z.infer<typeof BatchActivity>

/** Whose batch it is; the orchestrator knows a batch from the moment of its registration. */
export const BatchOwnerResponse = z.object({
  batch_id: z.string(),
  user_id: z.string(),
  org_id: z.string().nullable(),
  content: z.enum(['pending', 'ready', 'failed']),
  expected_essay_count: z.int(),
  course_code: z.string(),
  registered_at: z.string(),
  /** Whether a request that brings no prompt has one: from the registration, an earlier request, or set since. */
  has_prompt: z.boolean().default(false),
  /** What runs or waits now; null when nothing does. */
  active: BatchActivity.nullable().default(null),
  /** Where in the log the events are that the orchestrator has applied to it. */
  positions: z.array(PositionBody).max(100).default([]),
})
export type BatchOwnerResponse = z.infer<typeof BatchOwnerResponse>

/** Who calls, for routes that change something of a batch: the gateway has checked the token, we check the owner. */
const caller = {
  user_id: z.string().min(1).max(255),
  /** Id of the call: the same id does the same thing once. Default: the correlation id. */
  request_id: z.string().min(1).max(255).optional(),
}

export const CancelRequest = z.object({
  ...caller,
  /** Cancel only this run, and not one that has begun since. */
  run_id: z.string().min(1).max(255).nullish(),
})

export const CancelResponse = z.object({
  batch_id: z.string(),
  correlation_id: z.string(),
  status: z.literal('cancelled'),
  /** Null when it was a request that had no run yet. */
  run_id: z.string().nullable(),
})
export type CancelResponse = z.infer<typeof CancelResponse>

export const RetryRequest = z.object({
  ...caller,
  /** Only this phase, with what it needs; default: the pipeline of the last run. */
  phase: z.string().min(1).max(100).nullish(),
  /** Only these of the essays that did not succeed; not where a phase looks at the whole batch. */
  essay_ids: z.array(z.string().min(1).max(255)).min(1).nullish(),
  reason: z.string().trim().min(1).max(500),
  /** Show what would be run, and change nothing. */
  dry_run: z.boolean().default(false),
  /** Of a preview: run only if that is still what would be run. */
  plan_revision: z.string().nullish(),
})
export type RetryRequest = z.infer<typeof RetryRequest>

export const RetryResponse = z.object({
  batch_id: z.string(),
  correlation_id: z.string(),
  status: z.enum(['preview', 'accepted', 'waiting_for_content', 'planning']),
  requested_pipeline: z.string(),
  run_id: z.string().nullable(),
  plan_revision: z.string().nullable(),
  phases: z.array(
    z.object({
      phase: z.string(),
      decision: z.enum(['run', 'skip']),
      reason: z.string(),
      /** Those that are commanded; later phases then leave out what fails before them. */
      essay_ids: z.array(z.string()),
    }),
  ),
})
export type RetryResponse = z.infer<typeof RetryResponse>

/** Something that waits: for what, since when, and what to do about it. */
export const Waiting = z.object({
  batch_id: z.string(),
  run_id: z.string().nullable(),
  waits_for: z.enum(['phase_outcome', 'phase_resume', 'content', 'plan', 'publication']),
  phase: z.string().nullable(),
  since: z.string(),
  /** When it ends by itself; null: never. */
  until: z.string().nullable(),
  overdue: z.boolean(),
  /** What whoever asks can do about it, in a sentence. */
  advice: z.string(),
  /** The call that ends it; null where only time or operations help. */
  fix: z.object({ method: z.literal('POST'), path: z.string() }).nullable(),
})
export type Waiting = z.infer<typeof Waiting>

export const StuckResponse = z.object({ waiting: z.array(Waiting), truncated: z.boolean() })
export const PausedResponse = z.object({
  paused: z.array(z.string()),
  /** Of each of them since when, and by whom: the service that asked, and the person behind it where it named one. */
  pauses: z.array(
    z.object({ phase: z.string(), since: z.string(), paused_by: z.string(), user_id: z.string().nullable() }),
  ),
})

/** One thing that happened to a request or to its run. */
export const TimelineEntry = z.object({
  at: z.string(),
  what: z.string(),
  phase: z.string().nullable(),
  detail: z.string().nullable(),
})
export const RunHistoryResponse = z.object({
  batch_id: z.string(),
  user_id: z.string().nullable(),
  runs: z.array(RunView.extend({ timeline: z.array(TimelineEntry) })),
  requests: z.array(RequestView),
})
export type RunHistoryResponse = z.infer<typeof RunHistoryResponse>

const PhaseDetail = z.object({
  status: z.string(),
  essay_counts: z.object({
    total: z.int(),
    pending_dispatch_or_processing: z.int(),
    successful: z.int(),
    failed: z.int(),
  }),
  started_at: z.string().nullable(),
  completed_at: z.string().nullable(),
  error_info: z.record(z.string(), z.unknown()).nullable(),
  progress_percentage: z.number().nullable(),
})

/** The original's ProcessingPipelineState: beside what is named here one member a phase, null for one that was never run. */
export const PipelineStateBody = z
  .object({ batch_id: z.string(), requested_pipelines: z.array(z.string()), last_updated: z.string() })
  .catchall(z.union([PhaseDetail.nullable(), z.string(), z.array(z.string())]))
export type PipelineStateBody = z.infer<typeof PipelineStateBody>

export const PipelineStateResponse = z.object({
  batch_id: z.string(),
  pipeline_state: PipelineStateBody,
  user_id: z.string(),
})

export const OrchestratorStatusResponse = z.object({
  batch_id: z.string(),
  batch_context: z.object({ course_code: z.string(), expected_essay_count: z.int(), user_id: z.string() }),
  pipeline_state: PipelineStateBody,
})

const PromptReference = z.object({ references: PromptReferences })
export const SetPromptRequest = z.object({ student_prompt_ref: PromptReference })
export const SetPromptResponse = z.object({
  status: z.literal('success'),
  batch_id: z.string(),
  student_prompt_ref: PromptReference,
})

export const PreflightResponse = z.object({
  allowed: z.boolean(),
  denial_reason: z.string().optional(),
  batch_id: z.string(),
  requested_pipeline: z.string(),
  resolved_pipeline: z.array(z.string()),
  required_credits: z.number(),
  available_credits: z.number(),
  resource_breakdown: z.record(z.string(), z.number()),
  correlation_id: z.string(),
})
