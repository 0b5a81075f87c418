import { describe, expect, test } from 'bun:test'
import { z } from 'zod'
import { writeCursor } from '../../gateway/routes/cursor.ts'
import type { Subject } from '../../gateway/sign-in/sign.ts'
import type { DefineRequest, DefineResponse } from '../../shared/contracts/http/conductor.ts'
import type { BatchOwnerResponse } from '../../shared/contracts/http/orchestrator.ts'
import { PassingError } from '../../shared/errors.ts'
import { gateway, registeredBy, statusOf } from './support.ts'

const Problem = z.object({ code: z.string(), reason: z.string().optional(), errors: z.unknown().optional() })
type Gateway = ReturnType<typeof gateway>
const as = async (one: Gateway, user: Partial<Subject>, path: string) =>
  one.app.request(path, { headers: await one.as(user) })

describe('GET /v1/batches', () => {
  const open = (next_cursor = '1770106530623000|}x å') => {
    const asked: unknown[] = []
    const one = gateway({
      conductor: {
        async batches(query) {
          asked.push(query)
          const { essays, essays_truncated, student_prompt_ref, run, requests, ...summary } = statusOf(
            'b-1',
            'ada',
          ).details
          return { batches: [summary], total: 3, next_cursor }
        },
      },
    })
    return { ...one, asked }
  }
  const Page = z.object({
    batches: z.array(z.object({ batch_id: z.string() })),
    pagination: z.object({ limit: z.int(), total: z.int(), next_cursor: z.string() }),
  })

  test("asks for the signed-in user's own, and its cursor leads to the next page, whatever ids hold", async () => {
    const { call, asked } = open()
    const answer = await call('GET', '/v1/batches?status=ready&limit=5')
    const page = Page.parse(await answer.json())
    expect(page).toMatchObject({ batches: [{ batch_id: 'b-1' }], pagination: { limit: 5, total: 3 } })
    expect(page.pagination.next_cursor).toMatch(/^[\w-]+$/)
    await call('GET', `/v1/batches?cursor=${page.pagination.next_cursor}`)
    expect(asked).toEqual([
      { user_id: 'ada', status: 'ready', limit: 5, cursor: undefined },
      { user_id: 'ada', status: undefined, limit: 20, cursor: '1770106530623000|}x å' },
    ])
  })

  test('a cursor leads on also where a batch has the longest name in the widest letters', async () => {
    const last = `1770106530623000|${'語'.repeat(255)}`
    const { call, asked } = open(last)
    const { pagination } = Page.parse(await (await call('GET', '/v1/batches')).json())
    expect((await call('GET', `/v1/batches?cursor=${pagination.next_cursor}`)).status).toBe(200)
    expect(asked).toMatchObject([{}, { cursor: last }])
  })

  test.each([
    'x',
    '1770106530623|a letter',
    '177010653062300a|b-1',
    'x'.repeat(301),
    `1770106530623000|${'x'.repeat(284)}`,
  ])('a made-up cursor is a 422 that points at it, and the conductor is not asked: %#', async (text) => {
    const { call, asked } = open()
    const answer = await call('GET', `/v1/batches?cursor=${writeCursor(text)}`)
    expect(answer.status).toBe(422)
    expect(Problem.parse(await answer.json()).errors).toMatchObject([{ pointer: '#query/cursor' }])
    expect(asked).toEqual([])
  })

  test("an admin may ask for the organisation's, a teacher may not, nor an admin without one", async () => {
    const one = open()
    const path = '/v1/batches?of=organisation'
    expect((await as(one, { roles: ['admin'], orgId: 'school' }, path)).status).toBe(200)
    expect(one.asked).toMatchObject([{ org_id: 'school' }])
    expect((await as(one, { roles: ['teacher'], orgId: 'school' }, path)).status).toBe(403)
    expect((await as(one, { roles: ['admin'], orgId: null }, path)).status).toBe(403)
  })

  test.each([
    'limit=0',
    'limit=101',
    'limit=x',
    'status=done',
    'of=all',
    'cursor=%00',
    'cursor=!',
    'offset=3',
    'cursor=',
  ])('?%s is a 422 that points at it', async (query) => {
    const answer = await open().call('GET', `/v1/batches?${query}`)
    expect(answer.status).toBe(422)
    expect(Problem.parse(await answer.json()).errors).toMatchObject([{ pointer: `#query/${query.split('=')[0]}` }])
  })
})

describe('who sees a batch', () => {
  const status = async (id: string) => ({ ...statusOf(id, 'ada'), org_id: 'school' })
  test.each<[string, Partial<Subject>, number]>([
    ['its owner', { userId: 'ada' }, 200],
    ['another teacher of the organisation', { userId: 'bo', orgId: 'school' }, 403],
    ['an admin of the organisation', { userId: 'bo', orgId: 'school', roles: ['admin'] }, 200],
    ['an admin of another', { userId: 'bo', orgId: 'other', roles: ['admin'] }, 403],
    ['an admin of none', { userId: 'bo', orgId: null, roles: ['admin'] }, 403],
    ['a service', { userId: 'robot', roles: ['service'] }, 200],
  ])('%s gets %p', async (_, user, expected) => {
    const one = gateway({ conductor: { status } })
    for (const what of ['status', 'essays', 'runs'])
      expect((await as(one, user, `/v1/batches/b-1/${what}`)).status).toBe(expected)
  })

  test('what is seen may not be changed: only the owner asks for pipelines', async () => {
    const one = gateway({ conductor: { status } })
    const headers = { ...(await one.as({ userId: 'robot', roles: ['service'] })), 'content-type': 'application/json' }
    const body = JSON.stringify({ requested_pipeline: 'nlp' })
    expect((await one.app.request('/v1/batches/b-1/pipelines', { method: 'POST', headers, body })).status).toBe(403)
  })
})

describe('essays and runs of a batch', () => {
  const owner = { batch_id: 'b-1', user_id: 'ada', org_id: null, revision: 17 }

  test('essays are passed on with their filter, without whose they are', async () => {
    const asked: unknown[] = []
    const { call } = gateway({
      conductor: {
        async essays(...args) {
          asked.push(args.slice(0, 2))
          return { ...owner, essays: [], next_cursor: '7' }
        },
      },
    })
    const answer = await call('GET', '/v1/batches/b-1/essays?status=failed&phase=nlp&cursor=5&limit=2')
    expect(await answer.json()).toEqual({ batch_id: 'b-1', revision: 17, essays: [], next_cursor: '7' })
    expect(asked).toEqual([['b-1', { status: 'failed', phase: 'nlp', cursor: '5', limit: 2 }]])
  })

  test.each(['status=done', 'phase=grammar', 'cursor=x', 'limit=1001', 'page=2'])(
    'essays?%s is a 422',
    async (query) => {
      const answer = await gateway().call('GET', `/v1/batches/b-1/essays?${query}`)
      expect(answer.status).toBe(422)
      expect(Problem.parse(await answer.json()).errors).toMatchObject([{ pointer: `#query/${query.split('=')[0]}` }])
    },
  )

  test('runs are passed on; a batch that only its registration is known of has none, and no essays yet', async () => {
    const { call } = gateway({ conductor: { runs: async () => ({ ...owner, runs: [], requests: [] }) } })
    expect(await (await call('GET', '/v1/batches/b-1/runs')).json()).toEqual({
      batch_id: 'b-1',
      revision: 17,
      runs: [],
      requests: [],
    })
    const early = gateway()
    expect(await (await early.call('GET', '/v1/batches/b-1/runs')).json()).toMatchObject({ revision: 0, runs: [] })
    expect(await (await early.call('GET', '/v1/batches/b-1/essays')).json()).toMatchObject({ revision: 0, essays: [] })
  })

  test('an unknown batch is a 404, and nothing is shown while nobody can say whose it is', async () => {
    for (const what of ['essays', 'runs'])
      expect((await gateway().call('GET', `/v1/batches/b-9/${what}`)).status).toBe(404)
    const away = async () => {
      throw new PassingError('conductor', 'ECONNREFUSED')
    }
    const { call } = gateway({ conductor: { status: away }, orchestrator: { owner: away } })
    for (const what of ['essays', 'runs']) expect((await call('GET', `/v1/batches/b-1/${what}`)).status).toBe(503)
  })
})

describe('POST /v1/batches/{batch_id}/plans', () => {
  const plan: DefineResponse = {
    batch_id: 'b-1',
    final_pipeline: ['nlp'],
    analysis_summary: 'one step',
    requested_pipeline: 'nlp',
    execution: 'sequential',
    plan: [],
    revision: '12',
    plan_token: 'secret',
    batch: { registered: true, content: 'ready', user_id: 'ada', org_id: null },
  }
  const open = (
    promptRef: unknown = null,
    kept: boolean | 'away' | 'hangs' = false,
    more: Partial<BatchOwnerResponse> = {},
  ) => {
    const plans: DefineResponse[] = []
    const asked: DefineRequest[] = []
    const found = statusOf('b-1', 'ada')
    const one = gateway({
      conductor: {
        status: async () => ({ ...found, details: { ...found.details, student_prompt_ref: promptRef } }),
        async define(request) {
          asked.push(request)
          return plans.shift() ?? plan
        },
      },
      orchestrator: {
        async owner(batch_id) {
          if (kept === 'hangs') return new Promise<never>(() => {})
          if (kept === 'away') throw new PassingError('orchestrator', 'away')
          return { ...registeredBy('ada', batch_id), has_prompt: kept, ...more }
        },
      },
    })
    return { ...one, asked, plans }
  }
  const PATH = '/v1/batches/b-1/plans'

  test('answers what would run and why; nothing is sent', async () => {
    const { call, asked, published } = open()
    const answer = await call('POST', PATH, { requested_pipeline: 'nlp', is_retry: true })
    expect(answer.status).toBe(200)
    expect(await answer.json()).toEqual({
      batch_id: 'b-1',
      requested_pipeline: 'nlp',
      execution: 'sequential',
      final_pipeline: ['nlp'],
      phases: [],
      summary: 'one step',
      revision: '12',
      active: null,
    })
    expect(asked).toMatchObject([
      {
        batch_id: 'b-1',
        is_retry: true,
        after: [],
        with_essay_ids: true,
        correlation_id: answer.headers.get('x-correlation-id'),
      },
    ])
    expect(published).toEqual([])
  })

  test('a prompt counts as it does for a request: brought along, or kept by the orchestrator from whatever gave it', async () => {
    const attached = async (one: ReturnType<typeof open>, prompt_payload?: unknown) => {
      await one.call('POST', PATH, { requested_pipeline: 'nlp', ...(prompt_payload ? { prompt_payload } : {}) })
      return one.asked[0]?.batch_metadata?.['prompt_attached']
    }
    expect(await attached(open())).toBe(false)
    expect(await attached(open(null, true))).toBe(true)
    expect(await attached(open(), { assignment_id: 'a-1' })).toBe(true)
  })

  test('says what runs now, and rests on no less than the orchestrator knows', async () => {
    const active = { run_id: 'r-1', correlation_id: 'c-1', requested_pipeline: 'nlp', status: 'processing' }
    const positions = [{ topic: 'huleedu.els.batch.phase.outcome.v1', partition: 2, offset: 7 }]
    const { call, asked } = open(null, false, { active, positions })
    const answer = await call('POST', PATH, { requested_pipeline: 'nlp' })
    expect(await answer.json()).toMatchObject({ active })
    expect(asked).toMatchObject([{ after: positions }])
  })

  test('a conductor that has not heard of the registration or the content yet is asked again, for a while', async () => {
    const behind = { registered: false, content: 'pending', user_id: null, org_id: null } as const
    const late = open(null, false, { content: 'ready' })
    late.plans.push({ ...plan, batch: behind }, { ...plan, batch: { ...behind, registered: true } })
    expect((await late.call('POST', PATH, { requested_pipeline: 'nlp' })).status).toBe(200)
    expect(late.asked.length).toBe(3)
    const never = open()
    for (let n = 0; n < 10; n++) never.plans.push({ ...plan, batch: behind })
    const refused = await never.call('POST', PATH, { requested_pipeline: 'nlp' })
    expect([refused.status, Problem.parse(await refused.json()).code]).toEqual([503, 'CATCHING_UP'])
    // What the conductor has heard first is no reason to wait.
    const ahead = open(null, false, { content: 'pending' })
    expect((await ahead.call('POST', PATH, { requested_pipeline: 'nlp' })).status).toBe(200)
  })

  test('an orchestrator that hangs keeps no plan waiting for long', async () => {
    const { call, asked } = open(null, 'hangs')
    // It would hang for ever: what bounds the wait is this test's own limit, whatever the machine is busy with.
    const answer = await call('POST', PATH, { requested_pipeline: 'nlp' })
    expect([answer.status, Object(await answer.json()).active]).toEqual([200, undefined])
    expect(asked).toMatchObject([{ after: [] }])
  })

  test('while the orchestrator is away, the prompt that came with the registration counts', async () => {
    for (const [reference, expected] of [
      [{ references: {} }, true],
      [null, false],
    ] as const) {
      const one = open(reference, 'away')
      const answer = await one.call('POST', PATH, { requested_pipeline: 'nlp' })
      expect([answer.status, Object.keys(Object(await answer.json())).includes('active')]).toEqual([200, false])
      expect(one.asked[0]?.batch_metadata?.['prompt_attached']).toBe(expected)
    }
  })

  test("an unknown pipeline is a 422, somebody else's batch a 403, an unknown one a 404", async () => {
    const one = gateway({ conductor: { status: async (id) => (id === 'b-2' ? statusOf(id, 'bo') : undefined) } })
    const ask = async (id: string, name: string) =>
      (await one.call('POST', `/v1/batches/${id}/plans`, { requested_pipeline: name })).status
    expect([await ask('b-2', 'grammar'), await ask('b-2', 'nlp'), await ask('b-9', 'nlp')]).toEqual([422, 403, 404])
  })
})
