import type { BatchSnapshot, Problem } from '../../../console/client/types.ts'

/** A batch's state of that revision. */
export const snapshot = (revision: number, status: BatchSnapshot['status'] = 'processing'): BatchSnapshot => ({
  status,
  details: {
    batch_id: 'b-1',
    assignment_id: null,
    overall_status: status,
    essay_count: 2,
    completed_essay_count: 0,
    failed_essay_count: 0,
    requested_pipeline: null,
    current_phase: null,
    created_at: null,
    last_updated: null,
    processing_started_at: null,
    processing_completed_at: null,
    student_prompt_ref: null,
    revision,
    phases: [],
    run: null,
    requests: [],
  },
})

export const problem = (status: number, code: Problem['code'], more: Partial<Problem> = {}): Problem => ({
  type: `/docs/errors#${code}`,
  title: 'No',
  status,
  detail: 'It did not go well.',
  code,
  correlation_id: '4848e3a5-d5b1-4c67-972f-7fd205078a55',
  ...more,
})

export const problemAnswer = (status: number, code: Problem['code'], more: Partial<Problem> = {}, headers = {}) =>
  Response.json(problem(status, code, more), {
    status,
    headers: { 'content-type': 'application/problem+json', ...headers },
  })

/** A stream that says these things and ends. */
export const streamOf = (...blocks: readonly string[]): Response =>
  new Response(blocks.map((block) => `${block}\n\n`).join(''), { headers: { 'content-type': 'text/event-stream' } })

export const snapshotEvent = (revision: number): string =>
  `event: snapshot\nid: ${revision}\ndata: ${JSON.stringify(snapshot(revision))}`
