import { expect, test } from 'bun:test'
import { RequestView, RunView, requestView, runView } from '../../../../shared/contracts/http/run-view.ts'
import { RequestEntry, RunSummary } from '../../../../shared/contracts/run-book.ts'

const AT = 1_770_106_530_623

const run = RunSummary.parse({
  run_id: 'r-1',
  request_id: 'q-1',
  correlation_id: 'c-1',
  requested_pipeline: 'nlp',
  user_id: 'ada',
  is_retry: false,
  plan_revision: '7',
  status: 'processing',
  phases: [
    {
      phase: 'spellcheck',
      decision: 'run',
      reason: 'not_started',
      status: 'running',
      attempt: 1,
      total: 2,
      succeeded: 0,
      failed: 0,
      commanded_at: AT,
      completed_at: null,
      essay_ids: ['anna', 'bo'],
    },
  ],
  essay_count: 2,
  failed_essay_count: 0,
  started_at: AT,
  completed_at: null,
})

test('clients see times as texts, and no list that grows with the batch', () => {
  const view = runView(run)
  expect(RunView.parse(view)).toEqual(view)
  expect(view.started_at).toBe('2026-02-03T08:15:30.623000Z')
  expect(view.phases[0]).toMatchObject({ commanded_at: '2026-02-03T08:15:30.623000Z', completed_at: null })
  expect(JSON.stringify(view)).not.toContain('anna')
})

test('a request says when it was asked for, taken in and decided', () => {
  const entry = RequestEntry.parse({
    request_id: 'q-1',
    correlation_id: 'c-1',
    requested_pipeline: 'nlp',
    user_id: 'ada',
    is_retry: false,
    verdict: 'refused',
    reason: 'run_active',
    detail: 'A run of this batch is active.',
    run_id: null,
    requested_at: AT,
    received_at: AT + 1_000,
    decided_at: AT + 2_000,
  })
  const view = requestView(entry)
  expect(RequestView.parse(view)).toEqual(view)
  expect([view.requested_at, view.received_at, view.decided_at].map((time) => time?.slice(17, 19))).toEqual([
    '30',
    '31',
    '32',
  ])
})
