import { describe, expect, test } from 'bun:test'
import {
  batchContent,
  batchRegistered,
  essayFailed,
  essayProvisioned,
  essayRefused,
  essaySucceeded,
  type Fact,
  runBook,
} from '../../../conductor/state/facts.ts'
import { StatusResponse } from '../../../shared/contracts/http/conductor.ts'
import type { RunPhase, RunSummary } from '../../../shared/contracts/run-book.ts'
import { batchId, essayId } from '../../../shared/ids.ts'
import { bookOf, changeOf, eventOf, NOW, origin, registration } from '../state/support.ts'
import { conductor } from '../support.ts'

const B = batchId('b-1')
const [E1, E2, E3] = [essayId('e1'), essayId('e2'), essayId('e3')]
const REGISTERED = batchRegistered(registration(), [E1, E2, E3], origin(1))

const phase = (name: string, status: RunPhase['status']): RunPhase => ({
  phase: name,
  decision: 'run',
  reason: 'not_started',
  status,
  attempt: 1,
  total: 3,
  succeeded: 0,
  failed: 0,
  commanded_at: 1,
  completed_at: null,
  deadline_at: null,
  error: null,
  paused: false,
  essay_ids: [],
})

const run = (status: RunSummary['status'], over: Partial<RunSummary> = {}): RunSummary => ({
  run_id: 'run-1',
  request_id: 'request-1',
  correlation_id: 'correlation-1',
  requested_pipeline: 'nlp',
  user_id: 'teacher-1',
  is_retry: false,
  plan_revision: '1',
  status,
  phases: [phase('spellcheck', 'completed_with_failures'), phase('nlp', 'running')],
  essay_count: 3,
  failed_essay_count: 0,
  refused_essay_count: 1,
  refused_essays: [{ essay_id: 'e9', code: 'EMPTY_CONTENT' }],
  started_at: 1_770_106_530_623,
  completed_at: null,
  ...over,
})

const statusOf = async (...facts: readonly Fact[]) => {
  const { store, get } = conductor()
  await store.apply([changeOf(B, eventOf(facts))])
  const response = await get(`/internal/v1/batches/${B}/status`)
  return { response, body: response.ok ? StatusResponse.parse(await response.json()) : undefined }
}

describe('the status of a batch', () => {
  test.each<[string, readonly Fact[], string]>([
    ['content is awaited', [REGISTERED], 'pending_content'],
    ['content is ready', [REGISTERED, batchContent('ready', origin(2))], 'ready'],
    ['content failed', [REGISTERED, batchContent('failed', origin(2))], 'failed'],
    ['a run is active', [REGISTERED, runBook(bookOf(B, '1', { runs: [run('processing')] }))], 'processing'],
    [
      'the last run ended',
      [REGISTERED, runBook(bookOf(B, '1', { runs: [run('failed'), run('completed_with_failures')] }))],
      'completed_with_failures',
    ],
  ])('when %s', async (_, facts, expected) => {
    const { body } = await statusOf(...facts)
    expect(body).toMatchObject({ status: expected, details: { overall_status: expected } })
  })

  test('tells whose it is, its facts, its run and its requests', async () => {
    const { body } = await statusOf(
      REGISTERED,
      batchContent('ready', origin(2)),
      essayProvisioned(E1, origin(2), 'text-1'),
      essaySucceeded(E1, 'spellcheck', origin(3), 'corrected-1'),
      essaySucceeded(E1, 'nlp', origin(4), null),
      essayFailed(E2, 'spellcheck', origin(3), { errorCode: 'BROKEN' }),
      essayRefused(E3, origin(2), 'EMPTY'),
      runBook(bookOf(B, '1', { runs: [run('processing')] })),
    )
    expect(body).toMatchObject({
      user_id: 'teacher-1',
      org_id: 'school-1',
      details: {
        essay_count: 3,
        completed_essay_count: 1,
        failed_essay_count: 2,
        requested_pipeline: 'nlp',
        current_phase: 'nlp',
        created_at: '2026-02-03T08:15:30.623000Z',
        processing_started_at: '2026-02-03T08:15:30.623000Z',
        processing_completed_at: null,
        revision: NOW,
        essays_truncated: false,
        run: { run_id: 'run-1' },
      },
    })
    expect(body?.details.phases.slice(0, 2)).toEqual([
      {
        phase: 'spellcheck',
        status: 'completed_with_failures',
        reason: 'not_started',
        total: 2,
        succeeded: 1,
        failed: 1,
        remaining: 0,
      },
      { phase: 'nlp', status: 'running', reason: 'not_started', total: 2, succeeded: 1, failed: 0, remaining: 1 },
    ])
    expect(body?.details.phases.map((each) => [each.phase, each.status]).slice(2)).toEqual([
      ['ai_feedback', 'not_requested'],
      ['cj_assessment', 'not_requested'],
    ])
    expect(body?.details.essays).toEqual([
      {
        essay_id: 'e1',
        text_storage_id: 'corrected-1',
        refused: null,
        phases: {
          spellcheck: { outcome: 'succeeded', error_code: null },
          nlp: { outcome: 'succeeded', error_code: null },
        },
      },
      {
        essay_id: 'e2',
        text_storage_id: null,
        refused: null,
        phases: { spellcheck: { outcome: 'failed', error_code: 'BROKEN' } },
      },
      { essay_id: 'e3', text_storage_id: null, refused: 'EMPTY', phases: {} },
    ])
  })

  test('keeps the facts of a phase that no pipeline has', async () => {
    const { body } = await statusOf(REGISTERED, essaySucceeded(E1, 'student_matching', origin(3), null))
    expect(body?.details.phases.at(-1)).toMatchObject({ phase: 'student_matching', succeeded: 1, remaining: 2 })
  })

  test('holds the first 100 essays and says when there are more', async () => {
    const ids = Array.from({ length: 101 }, (_, n) => essayId(`e${n}`))
    const { body } = await statusOf(batchRegistered(registration(), ids, origin(1)))
    expect(body?.details).toMatchObject({ essay_count: 101, essays_truncated: true })
    expect(body?.details.essays).toHaveLength(100)
  })

  test('is known from the run book alone while the registration is on its way', async () => {
    const { body } = await statusOf(runBook(bookOf(B, '1', { user_id: 'teacher-2', org_id: 'school-2' })))
    expect(body).toMatchObject({ status: 'pending_content', user_id: 'teacher-2', org_id: 'school-2' })
  })

  test('of a batch that nobody registered is a 404, also when facts about its essays came', async () => {
    const { response } = await statusOf(essaySucceeded(E1, 'nlp', origin(3), null))
    expect(response.status).toBe(404)
    expect(await response.json()).toMatchObject({ code: 'RESOURCE_NOT_FOUND' })
  })
})
