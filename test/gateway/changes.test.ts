import { describe, expect, test } from 'bun:test'
import { z } from 'zod'
import type { OrchestratorPort } from '../../gateway/ports.ts'
import { PassingError } from '../../shared/errors.ts'
import { UpstreamError } from '../../shared/http/upstream.ts'
import { gateway } from './support.ts'

const Problem = z.object({
  code: z.string(),
  reason: z.string().optional(),
  errors: z.unknown().optional(),
  detail: z.string(),
})
const refusing = (status: number, problem: object) => async () => {
  throw new UpstreamError('orchestrator', status, problem)
}
const key = { 'idempotency-key': 'k-1' }

describe('POST /v1/batches/{batch_id}/cancel', () => {
  const open = (cancel?: OrchestratorPort['cancel']) => {
    const asked: unknown[] = []
    const answer: OrchestratorPort['cancel'] = async (batch_id, body, { user, correlationId }, requestId) => {
      asked.push([batch_id, body, user.userId, requestId])
      return { batch_id, correlation_id: correlationId, status: 'cancelled', run_id: 'r-1' }
    }
    return { ...gateway({ orchestrator: { cancel: cancel ?? answer } }), asked }
  }
  const PATH = '/v1/batches/b-1/cancel'

  test('ends what runs, once for one key', async () => {
    const { call, asked } = open()
    const first = await call('POST', PATH, { run_id: 'r-1' }, key)
    expect([first.status, await first.json()]).toMatchObject([200, { status: 'cancelled', run_id: 'r-1' }])
    expect((await call('POST', PATH, { run_id: 'r-1' }, key)).headers.get('idempotency-replayed')).toBe('true')
    expect(asked).toEqual([['b-1', { run_id: 'r-1' }, 'ada', expect.any(String)]])
  })

  test.each([
    [403, { code: 'AUTHORIZATION_ERROR', reason: 'not_owner', detail: 'This batch is not yours.' }],
    [404, { code: 'RESOURCE_NOT_FOUND', reason: 'unknown_batch', detail: 'There is no such batch.' }],
    [409, { code: 'CONFLICT', reason: 'nothing_active', detail: 'There is nothing to cancel.' }],
  ])('a refusal of the orchestrator is passed on: %d', async (status, problem) => {
    const answer = await open(refusing(status, problem)).call('POST', PATH, {})
    expect(answer.status).toBe(status)
    expect(Problem.parse(await answer.json())).toMatchObject(problem)
  })

  test.each([
    [500, { code: 'UNKNOWN_ERROR', detail: 'secret' }],
    [409, { code: 'NOT_A_CODE', detail: 'secret' }],
    [409, { detail: 'secret' }],
    [404, { code: 'CONFLICT', detail: 'secret' }],
    [401, { code: 'AUTHENTICATION_ERROR', detail: 'secret' }],
  ])('whatever else it answers is a 502 without its words: %d %p', async (status, problem) => {
    const answer = await open(refusing(status, problem)).call('POST', PATH, {})
    expect(answer.status).toBe(502)
    expect(await answer.text()).not.toContain('secret')
  })

  test('is a 503 while the orchestrator is away, and 422 for what it does not know', async () => {
    const away = async () => {
      throw new PassingError('orchestrator', 'ECONNREFUSED')
    }
    expect((await open(away).call('POST', PATH, {})).status).toBe(503)
    expect((await open().call('POST', PATH, { runid: 'x' })).status).toBe(422)
  })
})

describe('POST /v1/batches/{batch_id}/retry', () => {
  const open = (status: 'preview' | 'accepted') => {
    const asked: unknown[] = []
    const one = gateway({
      orchestrator: {
        async retry(batch_id, body, { correlationId }, requestId) {
          asked.push([body, requestId])
          const rest = { requested_pipeline: 'nlp', run_id: null, plan_revision: '1', phases: [] }
          return { batch_id, correlation_id: correlationId, status, ...rest }
        },
      },
    })
    return { ...one, asked }
  }
  const PATH = '/v1/batches/b-1/retry'
  const body = { reason: 'again', phase: 'nlp', essay_ids: ['a'] }

  test('shows what would run, or runs it and says where the status is', async () => {
    const preview = await open('preview').call('POST', PATH, { ...body, dry_run: true })
    expect([preview.status, preview.headers.get('location')]).toEqual([200, null])
    const { call, asked } = open('accepted')
    const accepted = await call('POST', PATH, body, key)
    expect([accepted.status, accepted.headers.get('location')]).toEqual([202, '/v1/batches/b-1/status'])
    expect(asked).toEqual([[{ ...body, dry_run: false }, expect.any(String)]])
  })

  test.each([
    [{}, '/reason'],
    [{ reason: '' }, '/reason'],
    [{ reason: 'x', essay_ids: [] }, '/essay_ids'],
    [{ reason: 'x', essays: ['a'] }, '/essays'],
  ])('%p is a 422 that points at it', async (wrong, pointer) => {
    const answer = await open('accepted').call('POST', PATH, wrong)
    expect(answer.status).toBe(422)
    expect(Problem.parse(await answer.json()).errors).toMatchObject([{ pointer }])
  })
})

describe('PATCH /v1/batches/{batch_id}/prompt', () => {
  const student_prompt_ref = { references: { student_prompt_text: { storage_id: 'p-1', path: '' } } }
  const PATH = '/v1/batches/b-1/prompt'

  test('replaces the prompt, with who asks', async () => {
    const asked: unknown[] = []
    const { call } = gateway({
      orchestrator: {
        async setPrompt(batch_id, body, { user }) {
          asked.push([batch_id, body, user.userId])
          return { status: 'success', batch_id, student_prompt_ref }
        },
      },
    })
    const answer = await call('PATCH', PATH, { student_prompt_ref })
    expect([answer.status, await answer.json()]).toEqual([
      200,
      { status: 'success', batch_id: 'b-1', student_prompt_ref },
    ])
    expect(asked).toEqual([['b-1', { student_prompt_ref }, 'ada']])
  })

  test('refuses what is no reference, and passes on that a run is active', async () => {
    const problem = { code: 'CONFLICT', reason: 'run_active', detail: 'A run of this batch is active.' }
    const { call } = gateway({ orchestrator: { setPrompt: refusing(409, problem) } })
    expect((await call('PATCH', PATH, { student_prompt_ref: { references: { unknown_kind: {} } } })).status).toBe(422)
    expect((await call('PATCH', PATH, { student_prompt_ref })).status).toBe(409)
  })
})
