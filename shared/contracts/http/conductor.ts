import { z } from '@hono/zod-openapi'
import { normalizeUuid } from '../../ids.ts'
import { RefusedEssay } from '../run-book.ts'
import { RequestView, RunView } from './run-view.ts'

/** Bodies of the conductor's internal routes. The original's fields come first, ours are additive. */

export const PositionBody = z.object({
  topic: z.string(),
  partition: z.int().nonnegative(),
  offset: z.int().nonnegative(),
})

export const DefineRequest = z.object({
  batch_id: z.string().trim().min(1).max(255),
  requested_pipeline: z.string().trim().min(1).max(100),
  correlation_id: z
    .string()
    .trim()
    .min(1)
    .max(100)
    .refine((text) => normalizeUuid(text) !== undefined, 'must be a UUID'),
  batch_metadata: z.record(z.string(), z.unknown()).nullish(),
  is_retry: z.boolean().default(false),
  /** With `essay_ids` of every phase. */
  with_essay_ids: z.boolean().default(true),
  /** Log positions that must have been applied before the plan is made; waited for, bounded, else 503. */
  after: z.array(PositionBody).max(100).default([]),
})
export type DefineRequest = z.infer<typeof DefineRequest>

export const PlanCounts = z.object({
  registered: z.int(),
  /** Refused by content validation. */
  refused: z.int(),
  /** Registered, not refused, and not failed in a dependency. */
  eligible: z.int(),
  /** Of the eligible ones. */
  succeeded: z.int(),
  failed: z.int(),
})
export type PlanCounts = z.infer<typeof PlanCounts>

/** Why a phase is run, skipped or blocked: stable codes. */
export const PlanReason = z.enum([
  'not_started',
  'not_complete',
  'below_min_success',
  'retry_failed',
  'whole_batch',
  'already_completed',
  'outcome_recorded',
  'no_eligible_essays',
  'prompt_missing',
  'batch_not_registered',
  'content_not_ready',
  'content_failed',
])
export type PlanReason = z.infer<typeof PlanReason>

export const PlanPhase = z.object({
  phase: z.string(),
  decision: z.enum(['run', 'skip', 'blocked']),
  reason: PlanReason,
  counts: PlanCounts,
  /** How many essays the phase would be commanded with. */
  essay_count: z.int(),
  /** 100 of these, or all where there are fewer, unless `with_essay_ids` is false. All of them: `GET .../essays?plan=`. */
  essay_ids: z.array(z.string()).optional(),
})
export type PlanPhase = z.infer<typeof PlanPhase>

export const DefineResponse = z.object({
  batch_id: z.string(),
  /** The phases to run, in order; empty when everything is already done, and when a phase is blocked: see `plan`. */
  final_pipeline: z.array(z.string()),
  analysis_summary: z.string(),
  requested_pipeline: z.string(),
  execution: z.enum(['sequential', 'parallel']),
  plan: z.array(PlanPhase),
  /** The facts' revision that the plan rests on, as text. */
  revision: z.string(),
  /** Names this plan when its essays are read: `GET .../essays?plan=`. */
  plan_token: z.string(),
  batch: z.object({
    registered: z.boolean(),
    content: z.enum(['pending', 'ready', 'failed']),
    user_id: z.string().nullable(),
    org_id: z.string().nullable(),
  }),
})
export type DefineResponse = z.infer<typeof DefineResponse>

/** One essay of a plan: its newest text and the phases that it would go through. */
export const PlanEssay = z.object({
  essay_id: z.string(),
  text_storage_id: z.string(),
  phases: z.array(z.string()),
})
export type PlanEssay = z.infer<typeof PlanEssay>

export const PlanEssaysPage = z.object({
  batch_id: z.string(),
  revision: z.string(),
  essays: z.array(PlanEssay),
  /** Those among the essays looked at that content validation refused: no phase goes through them. */
  refused: z.array(RefusedEssay).default([]),
  next_cursor: z.string().nullable(),
})
export type PlanEssaysPage = z.infer<typeof PlanEssaysPage>

export const ClientStatus = z.enum([
  'pending_content',
  'ready',
  'processing',
  'completed_successfully',
  'completed_with_failures',
  'failed',
  'cancelled',
])
export type ClientStatus = z.infer<typeof ClientStatus>

/** Facts about one phase of a batch: what is known of its registered essays. */
export const PhaseProgress = z.object({
  phase: z.string(),
  /** The status in the newest run that has the phase, else `not_requested`. */
  status: z.string(),
  reason: z.string().nullable(),
  total: z.int(),
  succeeded: z.int(),
  failed: z.int(),
  remaining: z.int(),
})
export type PhaseProgress = z.infer<typeof PhaseProgress>

export const EssayStatus = z.object({
  essay_id: z.string(),
  text_storage_id: z.string().nullable(),
  refused: z.string().nullable(),
  phases: z.record(
    z.string(),
    z.object({ outcome: z.enum(['succeeded', 'failed']), error_code: z.string().nullable() }),
  ),
})
export type EssayStatus = z.infer<typeof EssayStatus>

/** The status of a batch; field names of the original where it has them (design section 7). Times are ISO 8601. */
export const StatusDetails = z.object({
  batch_id: z.string(),
  assignment_id: z.string().nullable(),
  overall_status: ClientStatus,
  essay_count: z.int(),
  completed_essay_count: z.int(),
  failed_essay_count: z.int(),
  requested_pipeline: z.string().nullable(),
  current_phase: z.string().nullable(),
  essays: z.array(EssayStatus),
  essays_truncated: z.boolean(),
  created_at: z.string().nullable(),
  last_updated: z.string().nullable(),
  processing_started_at: z.string().nullable(),
  processing_completed_at: z.string().nullable(),
  student_prompt_ref: z.unknown().nullable(),
  revision: z.int(),
  phases: z.array(PhaseProgress),
  run: RunView.nullable(),
  requests: z.array(RequestView),
})
export type StatusDetails = z.infer<typeof StatusDetails>

/** What the conductor answers the gateway: the status and whose batch it is. */
export const StatusResponse = z.object({
  status: ClientStatus,
  user_id: z.string(),
  org_id: z.string().nullable(),
  details: StatusDetails,
})
export type StatusResponse = z.infer<typeof StatusResponse>
