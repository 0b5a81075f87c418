import type { EssayStatus, PhaseProgress, StatusDetails } from '../../shared/contracts/http/conductor.ts'
import type { BatchSummary } from '../../shared/contracts/http/lists.ts'
import type { RequestView, RunView } from '../../shared/contracts/http/run-view.ts'

/** What the document shows: one batch of two essays, in the middle of a run. */

export const BATCH_ID = '95766f96-3055-4e73-9cb2-184a0f9a86b7'
export const CORRELATION_ID = '4848e3a5-d5b1-4c67-972f-7fd205078a55'
export const RUN_ID = 'e6e5a1f0-9a3e-5a39-a2f1-9f7a4ab6a4c5'
const REQUEST_ID = '0f9a86b7-184a-5cb2-9e73-95766f963055'
const REVISION = 1_795_496_612_641_301

export const REGISTRATION = { expected_essay_count: 2, course_code: 'ENG5', essay_ids: ['anna', 'bo'] } as const
export const PROMPT_REF = { references: { student_prompt_text: { storage_id: 'prompt-7', path: '' } } }

export const ESSAYS: EssayStatus[] = [
  {
    essay_id: 'anna',
    text_storage_id: 'corrected-1',
    refused: null,
    phases: { spellcheck: { outcome: 'succeeded', error_code: null } },
  },
  {
    essay_id: 'bo',
    text_storage_id: 'text-2',
    refused: null,
    phases: { spellcheck: { outcome: 'failed', error_code: 'SPELLCHECK_SERVICE_ERROR' } },
  },
]

const PHASES: PhaseProgress[] = [
  {
    phase: 'spellcheck',
    status: 'completed_with_failures',
    reason: 'not_started',
    total: 2,
    succeeded: 1,
    failed: 1,
    remaining: 0,
  },
  { phase: 'nlp', status: 'running', reason: 'not_started', total: 2, succeeded: 0, failed: 0, remaining: 2 },
]

export const RUN: RunView = {
  run_id: RUN_ID,
  request_id: REQUEST_ID,
  correlation_id: CORRELATION_ID,
  requested_pipeline: 'nlp',
  user_id: 'ada',
  is_retry: false,
  plan_revision: String(REVISION - 9),
  status: 'processing',
  phases: [
    {
      phase: 'nlp',
      decision: 'run',
      reason: 'not_started',
      status: 'running',
      attempt: 1,
      total: 1,
      succeeded: 0,
      failed: 0,
      error: null,
      paused: false,
      deadline_at: '2026-02-03T08:45:32.000000Z',
      commanded_at: '2026-02-03T08:15:32.000000Z',
      completed_at: null,
    },
  ],
  essay_count: 2,
  failed_essay_count: 1,
  refused_essay_count: 0,
  refused_essays: [],
  started_at: '2026-02-03T08:15:31.000000Z',
  completed_at: null,
}

export const REQUEST: RequestView = {
  request_id: REQUEST_ID,
  correlation_id: CORRELATION_ID,
  requested_pipeline: 'nlp',
  user_id: 'ada',
  is_retry: false,
  verdict: 'accepted',
  reason: null,
  detail: null,
  run_id: RUN_ID,
  requested_at: '2026-02-03T08:15:30.623000Z',
  received_at: '2026-02-03T08:15:30.700000Z',
  decided_at: '2026-02-03T08:15:31.000000Z',
}

export const SUMMARY: BatchSummary = {
  batch_id: BATCH_ID,
  assignment_id: null,
  overall_status: 'processing',
  essay_count: 2,
  completed_essay_count: 0,
  failed_essay_count: 1,
  requested_pipeline: 'nlp',
  current_phase: 'nlp',
  created_at: '2026-02-03T08:15:00.000000Z',
  last_updated: '2026-02-03T08:15:32.000000Z',
  processing_started_at: '2026-02-03T08:15:31.000000Z',
  processing_completed_at: null,
  revision: REVISION,
  phases: PHASES,
}

export const DETAILS: StatusDetails = {
  ...SUMMARY,
  essays: ESSAYS,
  essays_truncated: false,
  student_prompt_ref: null,
  run: RUN,
  requests: [REQUEST],
}

export const EVENTS_EXAMPLE = `event: snapshot\nid: ${REVISION}\ndata: {"status":"processing","details":{...}}\n\n`
