import { expect, test } from 'bun:test'
import { TOPICS } from '../../../shared/contracts/topics.ts'
import { batchId } from '../../../shared/ids.ts'
import { conductorWith, json, orchestrator, outcome, phase, readyToPlan, register, start } from '../support.ts'

const ID = batchId('b-1')
const RETRY = '/internal/v1/batches/b-1/retry'

/** A batch whose spellcheck failed for both essays. */
const failed = async (plan: Parameters<typeof conductorWith>[0] = BOTH) => {
  const { client, calls } = conductorWith(plan)
  const at = orchestrator({ conductor: client })
  await readyToPlan(at.store, ID)
  await at.store.start(ID, start({ phases: [phase(), phase({ phase: 'nlp', depends_on: ['spellcheck'] })] }))
  await at.store.outcome(ID, outcome({ processed: [], failed: ['e1', 'e2'] }))
  return { ...at, calls }
}
const BOTH = {
  phases: [
    { phase: 'spellcheck', essays: ['e1', 'e2'] },
    { phase: 'nlp', essays: ['e1', 'e2'] },
    { phase: 'ai_feedback', essays: ['e1', 'e2'] },
  ],
}
const body = (over: object = {}) => ({ user_id: 'ada', reason: 'the service was down', ...over })

test('what a preview shows is what is then commanded, and the preview changes nothing', async () => {
  const { post, log, store, calls } = await failed()
  const before = await store.read(ID)
  const preview = await post(RETRY, body({ dry_run: true }))
  expect(preview.status).toBe(200)
  const shown = await preview.json()
  expect(shown).toMatchObject({
    status: 'preview',
    requested_pipeline: 'ai_feedback',
    plan_revision: '7',
    phases: [
      { phase: 'spellcheck', decision: 'run', reason: 'retry_failed', essay_ids: ['e1', 'e2'] },
      { phase: 'nlp', decision: 'run' },
      { phase: 'ai_feedback', decision: 'run' },
    ],
  })
  expect(await store.read(ID)).toEqual(before)
  const accepted = await post(RETRY, body({ plan_revision: '7' }))
  expect(accepted.status).toBe(202)
  const { phases } = JSON.parse(JSON.stringify(shown))
  expect(await accepted.json()).toMatchObject({ status: 'accepted', run_id: expect.any(String), phases })
  const commands = log.published.filter(({ topic }) => topic === TOPICS.spellcheckCommand).map(json)
  const commanded = commands.at(-1).data.essays_to_process.map(({ essay_id }: { essay_id: string }) => essay_id)
  expect(commanded).toEqual(phases[0].essay_ids)
  expect(calls.every(({ isRetry }) => isRetry)).toBe(true)
})

test('one phase and some essays can be selected', async () => {
  const { post, calls, store } = await failed({ phases: [{ phase: 'spellcheck', essays: ['e1', 'e2'] }] })
  const response = await post(RETRY, body({ phase: 'spellcheck', essay_ids: ['e2'] }))
  expect(response.status).toBe(202)
  expect(calls.at(-1)?.requestedPipeline).toBe('spellcheck')
  expect(await response.json()).toMatchObject({ phases: [{ phase: 'spellcheck', essay_ids: ['e2'] }] })
  const run = (await store.read(ID))?.book.runs.at(-1)
  expect(run).toMatchObject({ is_retry: true, essay_count: 1, phases: [{ essay_ids: ['e2'] }] })
})

test('a phase that none of the selected essays needs is skipped', async () => {
  const { post } = await failed({
    phases: [
      { phase: 'spellcheck', essays: ['e1'] },
      { phase: 'nlp', essays: ['e1', 'e2'] },
    ],
  })
  const response = await post(RETRY, body({ phase: 'nlp', essay_ids: ['e2'] }))
  expect(await response.json()).toMatchObject({
    phases: [
      { phase: 'spellcheck', decision: 'skip', reason: 'not_selected', essay_ids: [] },
      { phase: 'nlp', decision: 'run', essay_ids: ['e2'] },
    ],
  })
})

test.each([
  ['essays for which nothing is left to do', { essay_ids: ['e9'] }, BOTH, 'essays_not_retryable'],
  [
    'essays where a phase looks at the whole batch',
    { essay_ids: ['e1'], phase: 'cj_assessment' },
    { phases: [{ phase: 'cj_assessment', essays: ['e1', 'e2'] }] },
    'essays_not_selectable',
  ],
  ['a preview that is outdated', { plan_revision: '6' }, { ...BOTH, phases: BOTH.phases }, 'plan_outdated'],
])('%s are refused, visibly, and a preview says the same', async (_, over, plan, reason) => {
  const pipeline = 'phase' in over ? over : { ...over, phase: 'ai_feedback' }
  const { post, store } = await failed(plan)
  expect(await (await post(RETRY, body({ ...pipeline, dry_run: true }))).json()).toMatchObject({ reason })
  const response = await post(RETRY, body(pipeline))
  expect(response.status).toBe(409)
  expect(await response.json()).toMatchObject({ code: 'CONFLICT', reason })
  expect((await store.read(ID))?.book.requests.at(-1)).toMatchObject({ verdict: 'refused', reason })
})

test('a repeat of the call starts nothing twice', async () => {
  const { post, store } = await failed()
  const call = body({ request_id: 'click-1' })
  const [first, second] = [await post(RETRY, call), await post(RETRY, call)]
  expect(await second.json()).toMatchObject({ run_id: JSON.parse(await first.text()).run_id })
  expect((await store.read(ID))?.book.runs).toHaveLength(2)
})

test('while a run is active both the preview and the retry are refused', async () => {
  const { post } = await failed()
  await post(RETRY, body())
  for (const dry_run of [true, false])
    expect(await (await post(RETRY, body({ dry_run }))).json()).toMatchObject({ reason: 'run_active' })
})

test('while the conductor is away the answer is 503; the request stands, and a repeat goes on with it', async () => {
  const at = orchestrator()
  await readyToPlan(at.store, ID)
  await at.store.start(ID, start())
  await at.store.outcome(ID, outcome())
  expect((await at.post(RETRY, body({ request_id: 'click-1' }))).status).toBe(503)
  expect((await at.store.read(ID))?.book.requests.at(-1)).toMatchObject({ verdict: 'planning', is_retry: true })
})

test('a phase that does not exist is refused with a pointer, and a batch of which nothing was run with a reason', async () => {
  const { post, store } = orchestrator()
  await store.register(ID, register())
  const unknown = await post(RETRY, body({ phase: 'nope' }))
  expect(unknown.status).toBe(422)
  expect(await unknown.json()).toMatchObject({ errors: [{ pointer: '/phase' }] })
  expect(await (await post(RETRY, body())).json()).toMatchObject({ reason: 'nothing_to_retry' })
})
