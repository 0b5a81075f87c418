import { describe, expect, test } from 'bun:test'
import {
  batchContent,
  batchRegistered,
  essayFailed,
  essayProvisioned,
  essayRefused,
  essaySucceeded,
  type Fact,
} from '../../../conductor/state/facts.ts'
import { DefineResponse, type PlanEssay, PlanEssaysPage } from '../../../shared/contracts/http/conductor.ts'
import { batchId, type EssayId, essayId } from '../../../shared/ids.ts'
import { changeOf, eventOf, origin, registration } from '../state/support.ts'
import { conductor } from '../support.ts'

const B = batchId('b/1 ?')
const PATH = `/internal/v1/batches/${encodeURIComponent(B)}/essays`

/** An essay whose text was never stored. */
const NEVER_CAME = essayId('never came')

const setUp = async (ids: readonly EssayId[], ...facts: readonly Fact[]) => {
  const at = conductor()
  const apply = (...more: readonly Fact[]) => at.store.apply([changeOf(B, eventOf(more))])
  await apply(
    batchRegistered(registration(), ids, origin(1)),
    batchContent('provisioned', origin(2)),
    ...ids.filter((id) => id !== NEVER_CAME).map((id) => essayProvisioned(id, origin(2), `text of ${id}`)),
    ...facts,
  )
  const plan = async (requested_pipeline: string, over = {}) => {
    const body = {
      batch_id: B,
      requested_pipeline,
      correlation_id: crypto.randomUUID(),
      batch_metadata: { prompt_attached: true },
    }
    const response = await at.post('/internal/v1/pipelines/define', { ...body, ...over })
    return DefineResponse.parse(await response.json())
  }
  const page = (token: string, cursor?: string) =>
    at.get(`${PATH}?plan=${encodeURIComponent(token)}${cursor === undefined ? '' : `&cursor=${cursor}`}`)
  const all = async (token: string): Promise<readonly PlanEssay[]> => {
    const essays: PlanEssay[] = []
    for (let cursor: string | null = '0'; cursor !== null; ) {
      const answer: PlanEssaysPage = PlanEssaysPage.parse(await (await page(token, cursor)).json())
      essays.push(...answer.essays)
      cursor = answer.next_cursor
    }
    return essays
  }
  return { ...at, apply, plan, page, all }
}

const ids = (count: number) => Array.from({ length: count }, (_, n) => essayId(`e${n}`))

describe("a plan's essays", () => {
  test('come with their newest text and the phases that they would go through', async () => {
    const [e0, e1, e2, e3] = [essayId('e0'), essayId('e1'), essayId('e2'), essayId('e3')]
    const { plan, all } = await setUp(
      [e0, e1, e2, e3],
      essaySucceeded(e0, 'spellcheck', origin(3), 'corrected'),
      essaySucceeded(e0, 'nlp', origin(3), null),
      essaySucceeded(e1, 'spellcheck', origin(3), 'corrected too'),
      essayFailed(e2, 'spellcheck', origin(3), { listed: true }),
      essayFailed(e3, 'spellcheck', origin(3), { listed: true }),
    )
    const { plan_token, final_pipeline } = await plan('ai_feedback')
    expect(final_pipeline).toEqual(['nlp', 'ai_feedback'])
    expect(await all(plan_token)).toEqual([
      { essay_id: 'e0', text_storage_id: 'corrected', phases: ['ai_feedback'] },
      { essay_id: 'e1', text_storage_id: 'corrected too', phases: ['nlp', 'ai_feedback'] },
    ])
  })

  test('leave out those that content validation refused, which are named with the code beside them', async () => {
    const [e0, e1, e2] = [essayId('e0'), essayId('e1'), NEVER_CAME]
    const { plan, page } = await setUp(
      [e0, e1, e2],
      essayRefused(e2, origin(3), 'EMPTY_CONTENT'),
      // Content that did come outranks a refusal.
      essayRefused(e1, origin(4), 'EMPTY_CONTENT'),
    )
    const { plan_token } = await plan('spellcheck')
    const { essays, refused } = PlanEssaysPage.parse(await (await page(plan_token)).json())
    expect(essays.map(({ essay_id }) => essay_id)).toEqual(['e0', 'e1'])
    expect(refused).toEqual([{ essay_id: NEVER_CAME, code: 'EMPTY_CONTENT' }])
  })

  test('are as many as the plan says, over several pages', async () => {
    const { plan, all } = await setUp(ids(2_345))
    const { plan_token, plan: phases } = await plan('nlp')
    const essays = await all(plan_token)
    expect(new Set(essays.map(({ essay_id }) => essay_id)).size).toBe(2_345)
    expect(phases.map(({ essay_count }) => essay_count)).toEqual([2_345, 2_345])
  })

  test('leave out what content validation refused, also where a phase runs with the whole batch', async () => {
    const [e0, e1] = [essayId('e0'), essayId('e1')]
    const { plan, all, apply } = await setUp([e0])
    await apply(batchRegistered(registration(), [e0, e1], origin(0)), essayRefused(e1, origin(3), 'EMPTY'))
    const { plan_token } = await plan('cj_assessment')
    expect((await all(plan_token)).map(({ essay_id }) => essay_id)).toEqual(['e0'])
  })

  test('are refused once the facts have moved on', async () => {
    const { plan, page, apply } = await setUp(ids(2))
    const { plan_token } = await plan('nlp')
    await apply(essaySucceeded(essayId('e0'), 'spellcheck', origin(3), null))
    const response = await page(plan_token)
    expect(response.status).toBe(409)
    expect(await response.json()).toMatchObject({ code: 'CONFLICT', reason: 'plan_outdated' })
  })

  test.each(['nonsense', '0:no_such_phase'])('of %p do not exist', async (token) => {
    const { page } = await setUp(ids(1))
    const response = await page(token)
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ reason: 'not_a_plan' })
  })

  test('a cursor that is none is refused', async () => {
    const { page, plan } = await setUp(ids(1))
    const { plan_token } = await plan('nlp')
    expect((await page(plan_token, '-1')).status).toBe(422)
  })
})
