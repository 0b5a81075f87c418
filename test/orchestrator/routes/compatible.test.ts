import { describe, expect, test } from 'bun:test'
import { batchId } from '../../../shared/ids.ts'
import golden from '../../golden/extra/pipeline_state.json' with { type: 'json' }
import {
  conductorWith,
  content,
  json,
  KEY,
  NOW,
  orchestrator,
  outcome,
  phase,
  readyToPlan,
  register,
  request,
  start,
} from '../support.ts'

const ID = batchId('b-1')
const REFERENCE = { references: { student_prompt_text: { storage_id: 'prompt-1', path: '' } } }

const running = async () => {
  const at = orchestrator()
  await readyToPlan(at.store, ID)
  await at.store.start(ID, start({ phases: [phase(), phase({ phase: 'nlp', depends_on: ['spellcheck'] })] }))
  at.clock.now = (NOW + 5_000) * 1_000
  await at.store.outcome(ID, outcome({ processed: [['e1', 'x']], failed: ['e2'] }))
  return at
}

describe('the pipeline state', () => {
  test('has the members of the original’s, with true counts and times', async () => {
    const { get } = await running()
    const response = await get('/internal/v1/batches/b-1/pipeline-state')
    expect(response.status).toBe(200)
    const body = JSON.parse(await response.text())
    expect(Object.keys(body).sort()).toEqual(Object.keys(golden.body).sort())
    expect(Object.keys(body.pipeline_state).sort()).toEqual(Object.keys(golden.body.pipeline_state).sort())
    expect(Object.keys(body.pipeline_state.nlp).sort()).toEqual(Object.keys(golden.body.pipeline_state.nlp).sort())
    expect(body).toMatchObject({
      batch_id: 'b-1',
      user_id: 'ada',
      pipeline_state: {
        requested_pipelines: ['spellcheck', 'nlp'],
        spellcheck: {
          status: 'completed_with_partial_success',
          essay_counts: { total: 2, pending_dispatch_or_processing: 0, successful: 1, failed: 1 },
          started_at: '2026-11-24T05:03:32.641000Z',
          completed_at: '2026-11-24T05:03:37.641000Z',
          error_info: null,
          progress_percentage: 100,
        },
        nlp: { status: 'dispatch_initiated', essay_counts: { total: 1, pending_dispatch_or_processing: 1 } },
        ai_feedback: null,
        cj_assessment: null,
      },
    })
  })

  test('names what was wrong with a phase', async () => {
    const { get, store } = orchestrator()
    await readyToPlan(store, ID)
    await store.start(ID, start())
    await store.outcome(ID, outcome({ processed: [['e1', 'x']] }))
    const body = JSON.parse(await (await get('/internal/v1/batches/b-1/pipeline-state')).text())
    expect(body.pipeline_state.spellcheck.error_info).toEqual({ error_code: 'not_reported' })
  })

  test('of a batch that was never registered is a 404', async () => {
    const { get } = orchestrator()
    for (const path of ['/internal/v1/batches/b-9/pipeline-state', '/v1/batches/b-9/status'])
      expect((await get(path)).status).toBe(404)
  })
})

test('the status tells of the batch and where its phases stand', async () => {
  const { get } = await running()
  expect(await (await get('/v1/batches/b-1/status')).json()).toMatchObject({
    batch_id: 'b-1',
    batch_context: { course_code: 'ENG6', expected_essay_count: 2, user_id: 'ada' },
    pipeline_state: { requested_pipelines: ['spellcheck', 'nlp'] },
  })
})

describe('a prompt', () => {
  const patch = async (
    at: ReturnType<typeof orchestrator>,
    body: object,
    user: Record<string, string> = { 'x-user-id': 'ada' },
  ) =>
    at.app.request('/v1/batches/b-1/prompt', {
      method: 'PATCH',
      headers: { 'x-internal-api-key': KEY, 'x-service-id': 'test', 'content-type': 'application/json', ...user },
      body: JSON.stringify(body),
    })

  test('is what later commands carry', async () => {
    const { client } = conductorWith({ phases: [{ phase: 'nlp', essays: ['e1'] }] })
    const at = orchestrator({ conductor: client })
    await at.store.register(ID, register())
    const response = await patch(at, { student_prompt_ref: REFERENCE })
    expect(response.status).toBe(200)
    expect(await response.json()).toEqual({ status: 'success', batch_id: 'b-1', student_prompt_ref: REFERENCE })
    await at.settle(ID, await readyToPlan(at.store, ID))
    const [command] = at.log.published.filter(({ topic }) => topic.includes('nlp.initiate')).map(json)
    expect(command.data.student_prompt_ref).toEqual(REFERENCE)
  })

  test('is not changed under an active run', async () => {
    const at = await running()
    const response = await patch(at, { student_prompt_ref: REFERENCE })
    expect(response.status).toBe(409)
    expect(await response.json()).toMatchObject({ reason: 'run_active' })
  })

  test.each([
    ['nobody', {}, { student_prompt_ref: REFERENCE }, 401],
    ['somebody else', { 'x-user-id': 'eve' }, { student_prompt_ref: REFERENCE }, 403],
    ['a reference without a prompt', { 'x-user-id': 'ada' }, { student_prompt_ref: { references: {} } }, 400],
    ['an unknown kind', { 'x-user-id': 'ada' }, { student_prompt_ref: { references: { nope: {} } } }, 422],
  ])('from %s is refused', async (_, user, body, status) => {
    const at = orchestrator()
    await at.store.register(ID, register())
    expect((await patch(at, body, user)).status).toBe(status)
  })
})

describe('a preflight', () => {
  const PATH = '/internal/v1/batches/b-1/pipelines/ai_feedback/preflight'
  const { client } = conductorWith({
    phases: [
      { phase: 'spellcheck', essays: [] },
      { phase: 'ai_feedback', essays: ['e1', 'e2'] },
    ],
  })

  const asked = async (entitlements?: () => Response, path = PATH) => {
    const at = orchestrator({ conductor: client, ...(entitlements ? { entitlements } : {}) })
    await at.store.register(ID, register())
    await at.store.content(ID, content())
    const before = await at.store.read(ID)
    const response = await at.post(path, {})
    expect(await at.store.read(ID)).toEqual(before)
    expect(at.log.published).toEqual([])
    return { status: response.status, body: JSON.parse(await response.text()) }
  }

  test('says what would be run and what it would cost, and sends nothing', async () => {
    const { status, body } = await asked()
    expect(status).toBe(200)
    expect(body).toMatchObject({
      allowed: true,
      batch_id: 'b-1',
      requested_pipeline: 'ai_feedback',
      resolved_pipeline: ['ai_feedback'],
      required_credits: 2,
      resource_breakdown: { ai_feedback_generation: 2, cj_comparison: 0 },
    })
  })

  test.each([
    [402, 'insufficient_credits'],
    [429, 'rate_limit_exceeded'],
  ])('answers %d for %s', async (expected, denial_reason) => {
    const { status, body } = await asked(() => Response.json({ allowed: false, available_credits: 1, denial_reason }))
    expect(status).toBe(expected)
    expect(body).toMatchObject({ allowed: false, denial_reason, required_credits: 2, available_credits: 1 })
  })

  test('refuses a name that is no pipeline, and a batch that is unknown', async () => {
    expect((await asked(undefined, PATH.replace('ai_feedback', 'nope'))).status).toBe(400)
    expect((await asked(undefined, PATH.replace('b-1', 'b-9'))).status).toBe(404)
  })

  test('says what blocks a request', async () => {
    const blocked = conductorWith({ phases: [] }).client
    const at = orchestrator({
      conductor: {
        ...blocked,
        async define(call) {
          const made = await blocked.define(call)
          const counts = { registered: 2, refused: 0, eligible: 2, succeeded: 0, failed: 0 }
          const one = {
            phase: 'nlp',
            decision: 'blocked' as const,
            reason: 'prompt_missing' as const,
            counts,
            essay_count: 0,
          }
          return { ...made, plan: [one] }
        },
      },
    })
    await readyToPlan(at.store, ID)
    const response = await at.post(PATH, {})
    expect(response.status).toBe(409)
    expect(await response.json()).toMatchObject({ reason: 'prompt_missing' })
  })
})

test('a REGULAR batch has its essays matched to students once, and is ready when essay lifecycle says so', async () => {
  const { store, settle, log } = orchestrator()
  const class_id = 'class-1'
  await store.register(ID, register({ is_regular: true, registration: registrationOf(class_id) }))
  const provisioned = {
    cause: 'c-1',
    correlation_id: '4848e3a5-d5b1-4c67-972f-7fd205078a55',
    kind: 'provisioned' as const,
    essays: [['e1', 'text-1']] as const,
    position: { place: 'p|0', offset: 1 },
  }
  await settle(ID, await store.content(ID, provisioned))
  await settle(ID, await store.content(ID, provisioned))
  const commands = log.published.filter(({ topic }) => topic.includes('student.matching')).map(json)
  expect(commands).toMatchObject([
    {
      source_service: 'batch_orchestrator_service',
      data: {
        event_name: 'batch.student.matching.initiate.command',
        entity_id: 'b-1',
        class_id,
        course_code: 'ENG6',
        essays_to_process: [{ essay_id: 'e1', text_storage_id: 'text-1' }],
      },
    },
  ])
  expect((await store.request(ID, request())).reply).toBe('waiting')
  const confirmed = { ...provisioned, kind: 'confirmed' as const, essays: [], position: null }
  expect((await store.content(ID, confirmed)).book).toMatchObject({ matching: 'confirmed', content: 'pending' })
  expect((await store.content(ID, { ...confirmed, kind: 'ready' })).reply).toBe('plan')
})

const registrationOf = (class_id: string): string =>
  JSON.stringify({
    expected_essay_count: 1,
    essay_ids: ['e1'],
    course_code: 'ENG6',
    class_id,
    student_prompt_ref: null,
    assignment_id: null,
    registered_at: NOW,
  })
