import type { StatusDetails } from '../../shared/contracts/http/conductor.ts'
import type { BatchOwnerResponse } from '../../shared/contracts/http/orchestrator.ts'

/** A batch that the conductor has not heard of yet: what its registration says. */
export const justRegistered = (registration: BatchOwnerResponse): StatusDetails => ({
  batch_id: registration.batch_id,
  assignment_id: null,
  overall_status: 'pending_content',
  essay_count: registration.expected_essay_count,
  completed_essay_count: 0,
  failed_essay_count: 0,
  requested_pipeline: null,
  current_phase: null,
  essays: [],
  essays_truncated: false,
  created_at: registration.registered_at,
  last_updated: registration.registered_at,
  processing_started_at: null,
  processing_completed_at: null,
  student_prompt_ref: null,
  revision: 0,
  phases: [],
  run: null,
  requests: [],
})
