import { describe, expect, test } from 'bun:test'
import {
  batchContent,
  batchRegistered,
  essayFailed,
  essayProvisioned,
  essaySucceeded,
  type Fact,
} from '../../../conductor/state/facts.ts'
import { DefineResponse } from '../../../shared/contracts/http/conductor.ts'
import { TOPICS } from '../../../shared/contracts/topics.ts'
import { PassingError } from '../../../shared/errors.ts'
import { batchId, essayId } from '../../../shared/ids.ts'
import { changeOf, eventOf, origin, registration } from '../state/support.ts'
import { conductor } from '../support.ts'

const B = batchId('b-1')
const [E1, E2] = [essayId('e1'), essayId('e2')]
const READY: readonly Fact[] = [
  batchRegistered(registration(), [E1, E2], origin(1)),
  batchContent('provisioned', origin(2)),
  essayProvisioned(E1, origin(2), 'text-1'),
  essayProvisioned(E2, origin(2), 'text-2'),
]
const PATH = '/internal/v1/pipelines/define'

const asking = (over: Record<string, unknown> = {}) => ({
  batch_id: B,
  requested_pipeline: 'nlp',
  correlation_id: '4848e3a5-d5b1-4c67-972f-7fd205078a55',
  batch_metadata: { prompt_attached: true, prompt_source: 'cms' },
  ...over,
})

const withFacts = async (facts: readonly Fact[], options: Parameters<typeof conductor>[0] = {}) => {
  const at = conductor(options)
  const apply = options.store?.apply ?? at.store.apply
  await apply([changeOf(B, eventOf(facts, 7, `${TOPICS.phaseOutcome}|0`))])
  return { ...at, define: async (over = {}) => at.post(PATH, asking(over)) }
}
const planOf = async (response: Response) => DefineResponse.parse(await response.json())

describe('define', () => {
  test('answers what would run, as the original does and with the reasons beside it', async () => {
    const { define, resolutions } = await withFacts(READY)
    const plan = await planOf(await define())
    expect(plan).toMatchObject({
      batch_id: 'b-1',
      final_pipeline: ['spellcheck', 'nlp'],
      analysis_summary: "Resolved 'nlp' pipeline to 2 steps",
      execution: 'sequential',
      batch: { registered: true, content: 'ready', user_id: 'teacher-1', org_id: 'school-1' },
    })
    expect(plan.plan.map(({ phase, decision, reason, essay_count }) => [phase, decision, reason, essay_count])).toEqual(
      [
        ['spellcheck', 'run', 'not_started', 2],
        ['nlp', 'run', 'not_started', 2],
      ],
    )
    expect(resolutions).toEqual([['nlp', 'success']])
  })

  const idsOf = async (response: Response) => (await planOf(response)).plan.map((phase) => phase.essay_ids)

  test('names the essays of every phase, unless it is asked not to', async () => {
    const { define } = await withFacts([...READY, essaySucceeded(E1, 'spellcheck', origin(3), null)])
    expect(await idsOf(await define())).toEqual([['e2'], ['e2', 'e1']])
    expect(await idsOf(await define({ with_essay_ids: false }))).toEqual([undefined, undefined])
  })

  test('names at most 100 of a phase, and none of one that is skipped', async () => {
    const many = Array.from({ length: 250 }, (_, n) => essayId(`e${n}`))
    const done = many.slice(0, 40)
    const { define } = await withFacts([
      batchRegistered(registration(), many, origin(1)),
      batchContent('provisioned', origin(2)),
      ...done.map((id) => essaySucceeded(id, 'spellcheck', origin(3), null)),
    ])
    const { plan } = await planOf(await define())
    expect(plan.map((phase) => [phase.essay_count, phase.essay_ids?.length])).toEqual([
      [210, 100],
      [250, 100],
    ])
    expect(plan[0]?.essay_ids?.some((id) => done.some((one) => one === id))).toBe(false)
    const all = await withFacts([...READY, ...[E1, E2].map((id) => essaySucceeded(id, 'spellcheck', origin(3), null))])
    expect(await idsOf(await all.define())).toEqual([[], ['e1', 'e2']])
  })

  test('everything already done is a success with nothing to run', async () => {
    const { define } = await withFacts([
      ...READY,
      ...[E1, E2].flatMap((id) => ['spellcheck', 'nlp'].map((phase) => essaySucceeded(id, phase, origin(3), null))),
    ])
    const response = await define()
    expect(response.status).toBe(200)
    expect(await planOf(response)).toMatchObject({
      final_pipeline: [],
      plan: [{ decision: 'skip' }, { decision: 'skip' }],
    })
  })

  test('a retry asks again for what failed', async () => {
    const { define } = await withFacts([
      ...READY,
      essaySucceeded(E1, 'spellcheck', origin(3), null),
      essayFailed(E2, 'spellcheck', origin(3), { listed: true }),
    ])
    expect((await planOf(await define({ requested_pipeline: 'spellcheck' }))).final_pipeline).toEqual([])
    const again = await planOf(await define({ requested_pipeline: 'spellcheck', is_retry: true }))
    expect(again.plan).toMatchObject([{ decision: 'run', reason: 'retry_failed', essay_count: 1 }])
  })

  test('a prompt that is not attached blocks the phases that need one; the text "false" is not attached', async () => {
    const { define } = await withFacts(READY)
    for (const batch_metadata of [null, { prompt_attached: 'false' }]) {
      const plan = await planOf(await define({ requested_pipeline: 'ai_feedback', batch_metadata }))
      expect(plan.final_pipeline).toEqual([])
      expect(plan.plan.map(({ phase, reason }) => [phase, reason])).toEqual([
        ['spellcheck', 'not_started'],
        ['nlp', 'prompt_missing'],
        ['ai_feedback', 'prompt_missing'],
      ])
    }
  })

  test('a batch that is not registered is named in the plan, not refused', async () => {
    const { post } = conductor()
    const plan = await planOf(await post(PATH, asking()))
    expect(plan).toMatchObject({ batch: { registered: false }, revision: '0', final_pipeline: [] })
    expect(plan.plan.every(({ reason }) => reason === 'batch_not_registered')).toBe(true)
  })

  test('every pipeline of the catalog can be asked for', async () => {
    const { define } = await withFacts(READY)
    const plan = await planOf(await define({ requested_pipeline: 'comprehensive' }))
    expect(plan).toMatchObject({ execution: 'parallel', requested_pipeline: 'comprehensive' })
    expect(plan.final_pipeline).toHaveLength(4)
  })

  test('a name that the catalog does not have is refused with the names that it has', async () => {
    const { define, resolutions } = await withFacts(READY)
    const response = await define({ requested_pipeline: 'student_matching' })
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({
      code: 'INVALID_REQUEST',
      reason: 'unknown_pipeline',
      errors: [{ pointer: '/requested_pipeline', detail: expect.stringContaining('comprehensive') }],
    })
    expect(resolutions).toEqual([['unknown', 'unknown_pipeline']])
  })

  test('positions that are applied are not waited for, others end in 503 CATCHING_UP', async () => {
    const { define } = await withFacts(READY)
    const after = (offset: number) => ({ after: [{ topic: TOPICS.phaseOutcome, partition: 0, offset }] })
    expect((await define(after(7))).status).toBe(200)
    const late = await define(after(8))
    expect([late.status, late.headers.get('retry-after')]).toEqual([503, '2'])
    expect(await late.json()).toMatchObject({ code: 'CATCHING_UP' })
  })

  test('a position of a topic that is not projected is refused, since it would be waited for in vain', async () => {
    const { define } = await withFacts(READY)
    const response = await define({ after: [{ topic: TOPICS.phaseSkipped, partition: 0, offset: 1 }] })
    expect(response.status).toBe(422)
    expect(await response.json()).toMatchObject({ errors: [{ pointer: '/after/0/topic' }] })
  })

  test.each([
    ['not JSON', '{', 400],
    ['no batch', { ...asking(), batch_id: undefined }, 422],
    ['a correlation id that is no UUID', asking({ correlation_id: 'x' }), 422],
    ['a blank name', asking({ requested_pipeline: ' ' }), 422],
  ] as const)('%s is refused', async (_, body, status) => {
    const response = await conductor().post(PATH, body)
    expect(response.status).toBe(status)
    expect(response.headers.get('content-type')).toBe('application/problem+json')
  })
})

describe('a resolution that failed', () => {
  const body = {
    batch_id: 'b-1',
    requested_pipeline: 'nonsense',
    correlation_id: '4848e3a5-d5b1-4c67-972f-7fd205078a55',
  }

  test('is a dead letter, once however often it is asked', async () => {
    const { post, published } = conductor()
    await post('/internal/v1/pipelines/define', body)
    await post('/internal/v1/pipelines/define', body)
    expect(published.map(({ topic, headers }) => [topic, headers['trace_id']])).toEqual(
      Array.from({ length: 2 }, () => ['huleedu.pipelines.resolution.DLQ', body.correlation_id]),
    )
    expect(published[0]?.headers['event_id']).toBe(published[1]?.headers['event_id'] ?? '')
    expect(JSON.parse(String(published[0]?.value))).toMatchObject({
      dlq_reason: 'critical_resolution_failure',
      failed_event_envelope: { data: { failure_reason: 'unknown_pipeline', requested_pipeline: 'nonsense' } },
    })
  })

  test('is one too when it was our fault, but not while something is away: that is asked again', async () => {
    const failing = async (error: Error) => {
      const { post, published } = conductor({ store: { read: () => Promise.reject(error) } })
      const { status } = await post('/internal/v1/pipelines/define', { ...body, requested_pipeline: 'nlp' })
      return { status, letters: published.length }
    }
    expect(await failing(new Error('a bug'))).toEqual({ status: 500, letters: 1 })
    expect(await failing(new PassingError('redis', 'away'))).toEqual({ status: 503, letters: 0 })
  })

  test('is answered as ever when the log is away', async () => {
    const { post, lines } = conductor({ publish: () => Promise.reject(new PassingError('kafka', 'away')) })
    expect((await post('/internal/v1/pipelines/define', body)).status).toBe(400)
    expect(lines.some(({ message }) => message === 'failed resolution is no dead letter')).toBe(true)
  })
})
