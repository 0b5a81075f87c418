import { describe, expect, test } from 'bun:test'
import type { ConductorClient, DefineCall } from '../../orchestrator/conductor-client.ts'
import { createPlanner } from '../../orchestrator/planning.ts'
import type { DefineResponse, PlanEssaysPage, PlanPhase } from '../../shared/contracts/http/conductor.ts'
import { PassingError } from '../../shared/errors.ts'
import { UpstreamError } from '../../shared/http/client.ts'
import { batchId } from '../../shared/ids.ts'
import { catalog, messageText, REQUEST, readyToPlan, runStore } from './support.ts'

const ID = batchId('b-1')
const COUNTS = { registered: 10, refused: 0, eligible: 10, succeeded: 0, failed: 0 }

const planned = (over: Partial<PlanPhase> = {}): PlanPhase => ({
  phase: 'spellcheck',
  decision: 'run',
  reason: 'not_started',
  counts: COUNTS,
  essay_count: 10,
  ...over,
})

const answer = (plan: readonly PlanPhase[], over: Partial<DefineResponse> = {}): DefineResponse => ({
  batch_id: 'b-1',
  final_pipeline: [],
  analysis_summary: '',
  requested_pipeline: 'ai_feedback',
  execution: 'sequential',
  plan: [...plan],
  revision: '17',
  plan_token: '17:spellcheck,nlp',
  batch: { registered: true, content: 'ready', user_id: 'ada', org_id: null },
  ...over,
})

const page = (ids: readonly string[], phases: readonly string[], next: string | null = null): PlanEssaysPage => ({
  batch_id: 'b-1',
  revision: '17',
  essays: ids.map((essay_id) => ({ essay_id, text_storage_id: `text of ${essay_id}`, phases: [...phases] })),
  refused: [],
  next_cursor: next,
})

/** A conductor that answers what it is told to, in order; the last answer stands. */
const conductorOf = (options: {
  readonly define: DefineResponse | Error
  readonly pages?: readonly (PlanEssaysPage | undefined)[]
}) => {
  const calls: DefineCall[] = []
  const cursors: (string | null)[] = []
  const pages = [...(options.pages ?? [page(['e1', 'e2'], ['spellcheck'])])]
  const client: ConductorClient = {
    async define(call) {
      calls.push(call)
      if (options.define instanceof Error) throw options.define
      return options.define
    },
    async essays(_batch, _token, cursor) {
      cursors.push(cursor)
      return pages.length > 1 ? pages.shift() : pages[0]
    },
  }
  return { client, calls, cursors }
}

const free = async () => ({ allowed: true, reason: 'not_checked', required: 0, available: 0, breakdown: {} })

const plannerOf = (conductor: ConductorClient) =>
  createPlanner({ conductor, catalog, checkCredits: free, maxMessageBytes: 1_000_000, knownWaitMs: 60_000 })

const planOf = async (conductor: ConductorClient, over: Parameters<typeof readyToPlan>[2] = {}) => {
  const { store } = runStore()
  const { book } = await readyToPlan(store, ID, over)
  return plannerOf(conductor).planPending(book)
}

test('what the plan runs is started, with its essays and texts page by page', async () => {
  const { client, calls, cursors } = conductorOf({
    define: answer([
      planned({ counts: { ...COUNTS, succeeded: 7 }, essay_count: 3 }),
      planned({ phase: 'nlp', decision: 'skip', reason: 'already_completed', essay_count: 0 }),
    ]),
    pages: [page(['e1', 'e2'], ['spellcheck'], '1000'), page(['e3'], ['spellcheck'])],
  })
  const made = await planOf(client)
  expect(made).toEqual({
    decision: 'start',
    input: {
      request_id: expect.any(String),
      run_id: expect.any(String),
      refused_essay_count: 0,
      refused_essays: [],
      message: messageText(),
      execution: 'sequential',
      plan_revision: '17',
      phases: [
        {
          phase: 'spellcheck',
          decision: 'run',
          reason: 'not_started',
          depends_on: [],
          min_percent: 0,
          already: 7,
          produces_text: true,
          timeout_ms: 1_800_000,
          attempts: 1,
          planned: ['e1', 'e2', 'e3'],
        },
        {
          phase: 'nlp',
          decision: 'skip',
          reason: 'already_completed',
          depends_on: ['spellcheck'],
          min_percent: 0,
          already: 0,
          produces_text: false,
          timeout_ms: 1_800_000,
          attempts: 1,
          planned: [],
        },
      ],
      texts: { e1: 'text of e1', e2: 'text of e2', e3: 'text of e3' },
      essay_count: 3,
    },
  })
  expect(cursors).toEqual([null, '1000'])
  expect(calls).toMatchObject([
    {
      requestedPipeline: 'ai_feedback',
      prompt: { prompt_attached: true, prompt_source: 'canonical', assignment_id: 'a-1' },
      after: [{ topic: 'huleedu.els.batch.essays.ready.v1', partition: 0, offset: 4 }],
    },
  ])
})

test('the run of a request has always the same id', async () => {
  const { client } = conductorOf({ define: answer([planned()]) })
  const [first, second] = [await planOf(client), await planOf(client)]
  expect(first).toEqual(second)
})

describe('what the conductor is told of the prompt', () => {
  const reference = { references: { student_prompt_text: { storage_id: 'p', path: '' } } }
  const cases: readonly (readonly [string, object | null, object])[] = [
    ['canonical', { assignment_id: 'a-1', cms_prompt_ref: null }, { prompt_attached: true, assignment_id: 'a-1' }],
    ['cms', { assignment_id: null, cms_prompt_ref: reference }, { prompt_attached: true }],
    ['none', null, { prompt_attached: false }],
  ]
  test.each(cases)('%s', async (source, prompt_payload, expected) => {
    const { client, calls } = conductorOf({ define: answer([planned()]) })
    await planOf(client, { message: messageText({ prompt_payload }), assignment_id: null })
    expect(calls[0]?.prompt).toEqual({ prompt_source: source, ...expected })
  })

  test('context, where an earlier request brought it', async () => {
    const { client, calls } = conductorOf({ define: answer([planned()]) })
    await planOf(client, { message: messageText({ prompt_payload: null }) })
    expect(calls[0]?.prompt).toEqual({ prompt_attached: true, prompt_source: 'context', assignment_id: 'a-1' })
  })
})

test('a blocked phase refuses the request, with the reason code of the first and all of them in words', async () => {
  const blocked = planned({ phase: 'nlp', decision: 'blocked', reason: 'prompt_missing' })
  const feedback = planned({ phase: 'ai_feedback', decision: 'blocked', reason: 'prompt_missing' })
  const { client } = conductorOf({ define: answer([planned(), blocked, feedback]) })
  expect(await planOf(client)).toMatchObject({
    decision: 'refuse',
    input: { reason: 'prompt_missing', detail: 'nlp: prompt_missing, ai_feedback: prompt_missing' },
  })
})

test('a plan whose facts moved is made anew', async () => {
  const { client, calls } = conductorOf({
    define: answer([planned()]),
    pages: [page(['e1'], ['spellcheck'], '1000'), undefined, page(['e9'], ['spellcheck'])],
  })
  expect(await planOf(client)).toMatchObject({ decision: 'start', input: { phases: [{ planned: ['e9'] }] } })
  expect(calls.length).toBe(2)
})

test('facts that never stand still hold the request', async () => {
  const { client, calls } = conductorOf({ define: answer([planned()]), pages: [undefined] })
  await expect(planOf(client)).rejects.toBeInstanceOf(PassingError)
  expect(calls.length).toBe(5)
})

describe.each([
  ['does not know the batch', { registered: false, content: 'ready' as const }],
  ['does not know of the content', { registered: true, content: 'pending' as const }],
])('a conductor that %s, though it has all that was to be waited for,', (_, known) => {
  const batch = { user_id: null, org_id: null, ...known }

  test('has the request refused, once it was looked at again for as long as content is waited for', async () => {
    const { client } = conductorOf({ define: answer([planned()], { batch }) })
    expect(await planOf(client)).toEqual({
      decision: 'refuse',
      input: {
        request_id: REQUEST,
        reason: 'batch_facts_missing',
        detail: expect.stringContaining('facts'),
        credits: null,
        patience_ms: 60_000,
      },
    })
  })

  test('is asked again by whoever only looks', async () => {
    const { client } = conductorOf({ define: answer([planned()], { batch }) })
    const { store } = runStore()
    const { book } = await readyToPlan(store, ID)
    const request = book.requests[0]
    if (!request) throw new Error('it is listed')
    await expect(plannerOf(client).planRequest(book, request, messageText())).rejects.toBeInstanceOf(PassingError)
  })
})

test('a pipeline that we do not have is refused without asking', async () => {
  const { client, calls } = conductorOf({ define: answer([planned()]) })
  expect(await planOf(client, { requested_pipeline: 'nope' })).toMatchObject({
    decision: 'refuse',
    input: { reason: 'unknown_pipeline' },
  })
  expect(calls).toEqual([])
})

test('a pipeline that only the conductor does not have is refused too, any other answer of its is an error', async () => {
  const unknown = new UpstreamError('conductor', 400, { reason: 'unknown_pipeline' })
  expect(await planOf(conductorOf({ define: unknown }).client)).toMatchObject({
    decision: 'refuse',
    input: { reason: 'unknown_pipeline' },
  })
  const wrong = new UpstreamError('conductor', 500, {})
  await expect(planOf(conductorOf({ define: wrong }).client)).rejects.toBe(wrong)
})

test('a phase can be asked for by its name', async () => {
  const { client, calls } = conductorOf({ define: answer([planned()]) })
  expect(await planOf(client, { requested_pipeline: 'spellcheck' })).toMatchObject({ decision: 'start' })
  expect(calls[0]?.requestedPipeline).toBe('spellcheck')
})

test('without a pending request there is nothing to plan', async () => {
  const { store } = runStore()
  const { book } = await readyToPlan(store, ID, { user_id: 'somebody else' })
  const { client } = conductorOf({ define: answer([planned()]) })
  expect(await plannerOf(client).planPending(book)).toBeUndefined()
})

test('essays that content validation refused are named with their codes, a hundred of them and in bounded size', async () => {
  const refused = Array.from({ length: 150 }, (_, n) => ({
    essay_id: `r${n}`,
    code: n === 0 ? 'x'.repeat(500) : 'EMPTY',
  }))
  const first = { ...page(['e1'], ['spellcheck'], '1000'), refused: refused.slice(0, 90) }
  const second = { ...page([], []), refused: refused.slice(90) }
  const { client } = conductorOf({ define: answer([planned()]), pages: [first, second] })
  const made = await planOf(client)
  if (made?.decision !== 'start') throw new Error('it was refused')
  const { refused_essay_count, refused_essays, texts } = made.input
  expect(refused_essay_count).toBe(150)
  expect(refused_essays).toHaveLength(100)
  expect(refused_essays[0]?.code).toHaveLength(100)
  expect(refused_essays.at(-1)).toEqual({ essay_id: 'r99', code: 'EMPTY' })
  expect(Object.keys(texts)).toEqual(['e1'])
})
