import { describe, expect, test } from 'bun:test'
import { ownedOf } from '../../../conductor/owned/facts.ts'
import {
  batchContent,
  batchRegistered,
  essayFailed,
  essayRefused,
  essaySucceeded,
  type Fact,
  runBook,
} from '../../../conductor/state/facts.ts'
import { BatchesPage, EssaysPage, RunsResponse } from '../../../shared/contracts/http/lists.ts'
import { batchId, essayId } from '../../../shared/ids.ts'
import { bookOf, changeOf, eventOf, origin, registration } from '../state/support.ts'
import { conductor } from '../support.ts'

type Conductor = ReturnType<typeof conductor>
const apply = async ({ store, owned }: Conductor, id: string, ...facts: readonly Fact[]) => {
  const changes = [changeOf(batchId(id), eventOf(facts))]
  await store.apply(changes)
  await owned.add(ownedOf(changes))
}
const register = (one: Conductor, id: string, n: number, more: readonly Fact[] = []) => {
  const registered = batchRegistered(registration({ registeredAt: n }), [essayId('e1'), essayId('e2')], origin(n))
  return apply(one, id, registered, ...more)
}

describe("somebody's batches", () => {
  const pageOf = async (one: Conductor, query: string) =>
    BatchesPage.parse(await (await one.get(`/internal/v1/batches?${query}`)).json())

  test('are listed newest first with how each of them stands now, a page at a time', async () => {
    const one = conductor()
    for (let n = 1; n <= 5; n++) await register(one, `b-${n}`, n)
    await apply(one, 'b-4', batchContent('ready', origin(9)))
    const first = await pageOf(one, 'user_id=teacher-1&limit=3')
    expect(first.batches.map(({ batch_id, overall_status }) => [batch_id, overall_status])).toEqual([
      ['b-5', 'pending_content'],
      ['b-4', 'ready'],
      ['b-3', 'pending_content'],
    ])
    expect([first.total, first.batches[0]?.essay_count]).toEqual([5, 2])
    const second = await pageOf(one, `user_id=teacher-1&limit=3&cursor=${encodeURIComponent(first.next_cursor ?? '')}`)
    expect(second.batches.map(({ batch_id }) => batch_id)).toEqual(['b-2', 'b-1'])
    expect(second.next_cursor).toBeNull()
  })

  test('a filter finds what is behind many others, and stops looking after a bounded number', async () => {
    const one = conductor()
    await register(one, 'old', 1, [batchContent('ready', origin(1))])
    for (let n = 2; n <= 600; n++) await register(one, `b-${n}`, n)
    const first = await pageOf(one, 'user_id=teacher-1&status=ready&limit=100')
    expect(first.batches).toEqual([])
    const cursor = encodeURIComponent(first.next_cursor ?? '')
    const second = await pageOf(one, `user_id=teacher-1&status=ready&limit=100&cursor=${cursor}`)
    expect([second.batches.map(({ batch_id }) => batch_id), second.next_cursor]).toEqual([['old'], null])
  })

  test('how many match is told with the filter, and not where there are too many to look at', async () => {
    const one = conductor()
    for (let n = 1; n <= 250; n++)
      await register(one, `b-${n}`, n, n % 50 === 0 ? [batchContent('ready', origin(1))] : [])
    const total = async (query: string) => (await pageOf(one, `user_id=teacher-1&limit=1${query}`)).total
    expect([await total(''), await total('&status=ready'), await total('&status=pending_content')]).toEqual([
      250, 5, 245,
    ])
    const owner = { kind: 'user', id: 'teacher-1' } as const
    await one.owned.add(Array.from({ length: 800 }, (_, n) => ({ owner, batchId: batchId(`x-${n}`), registeredAt: n })))
    expect([await total(''), await total('&status=ready')]).toEqual([1_050, null])
  })

  test('an organisation has those of all its users', async () => {
    const one = conductor()
    await register(one, 'b-1', 1)
    expect((await pageOf(one, 'org_id=school-1')).batches.map(({ batch_id }) => batch_id)).toEqual(['b-1'])
    expect((await pageOf(one, 'org_id=teacher-1')).batches).toEqual([])
  })

  test('what the index names but the facts do not confirm is left out', async () => {
    const one = conductor()
    await register(one, 'b-1', 5)
    const owner = { kind: 'user', id: 'teacher-1' } as const
    const stranger = { kind: 'user', id: 'eve' } as const
    await one.owned.add([
      { owner, batchId: batchId('gone'), registeredAt: 1 },
      { owner, batchId: batchId('b-1'), registeredAt: 1 },
      { owner: stranger, batchId: batchId('b-1'), registeredAt: 5_000 },
    ])
    expect((await pageOf(one, 'user_id=teacher-1')).batches.map(({ batch_id }) => batch_id)).toEqual(['b-1'])
    expect((await pageOf(one, 'user_id=eve')).batches).toEqual([])
  })

  test.each([
    '',
    'user_id=a&org_id=b',
    'user_id=a&status=done',
    'user_id=a&limit=0',
    'user_id=a&limit=101',
    'user_id=a&cursor=x',
  ])('?%s is refused', async (query) => {
    expect((await conductor().get(`/internal/v1/batches?${query}`)).status).toBe(422)
  })
})

describe("a batch's essays", () => {
  const FIVE = ['e1', 'e2', 'e3', 'e4', 'e5'].map(essayId)
  const [e1, e2, e3, e4] = [essayId('e1'), essayId('e2'), essayId('e3'), essayId('e4')]
  const open = async () => {
    const one = conductor()
    await apply(
      one,
      'b-1',
      batchRegistered(registration(), FIVE, origin(1)),
      essaySucceeded(e1, 'spellcheck', origin(2), 't'),
      essaySucceeded(e2, 'spellcheck', origin(2), 't'),
      essayFailed(e2, 'nlp', origin(3), { errorCode: 'NLP_SERVICE_ERROR' }),
      essayRefused(e3, origin(2), 'EMPTY'),
      essayFailed(e4, 'spellcheck', origin(2), {}),
    )
    return one
  }
  const pageOf = async (one: Conductor, query = '') =>
    EssaysPage.parse(await (await one.get(`/internal/v1/batches/b-1/essay-statuses?${query}`)).json())
  const idsOf = async (one: Conductor, query: string) => (await pageOf(one, query)).essays.map((e) => e.essay_id)

  test('stand in the order of the registration, a page at a time, with whose batch it is', async () => {
    const one = await open()
    const first = await pageOf(one, 'limit=2')
    expect(first).toMatchObject({ user_id: 'teacher-1', org_id: 'school-1', next_cursor: '2' })
    expect(first.essays[1]).toMatchObject({
      essay_id: 'e2',
      phases: { nlp: { outcome: 'failed', error_code: 'NLP_SERVICE_ERROR' } },
    })
    expect(await idsOf(one, 'limit=2&cursor=2')).toEqual(['e3', 'e4'])
    expect((await pageOf(one, 'limit=2&cursor=4')).next_cursor).toBeNull()
  })

  test.each([
    ['status=succeeded', ['e1']],
    ['status=failed', ['e2', 'e4']],
    ['status=refused', ['e3']],
    ['status=pending', ['e5']],
    ['status=succeeded&phase=spellcheck', ['e1', 'e2']],
    ['status=failed&phase=nlp', ['e2']],
    ['status=pending&phase=nlp', ['e1', 'e4', 'e5']],
  ])('?%s gives %p', async (query, ids) => {
    expect(await idsOf(await open(), query)).toEqual(ids)
  })

  test('a filtered page that is full goes on where it ended', async () => {
    const one = await open()
    const first = await pageOf(one, 'status=failed&limit=1')
    expect([first.essays.map((e) => e.essay_id), first.next_cursor]).toEqual([['e2'], '2'])
    const second = await pageOf(one, 'status=failed&limit=1&cursor=2')
    expect([second.essays.map((e) => e.essay_id), second.next_cursor]).toEqual([['e4'], null])
  })

  test('facts that move while a page is read are read anew; when they never rest it is a 503', async () => {
    const moved = { moved: true as const, factsRevision: '7' }
    let reads = 0
    const one = conductor({
      store: {
        async essays(_, { factsRevision }) {
          reads += 1
          return factsRevision === '7' && reads > 2 ? { moved: false, essays: [], next: null } : moved
        },
      },
    })
    await register(one, 'b-1', 1)
    expect((await pageOf(one)).essays).toEqual([])
    const restless = conductor({ store: { essays: async () => moved } })
    await register(restless, 'b-1', 1)
    expect((await restless.get('/internal/v1/batches/b-1/essay-statuses')).status).toBe(503)
  })

  test('an unknown batch is a 404, an unknown phase or status a 422', async () => {
    const one = await open()
    const statusOf = async (path: string) => (await one.get(`/internal/v1/batches/${path}`)).status
    expect(await statusOf('b-9/essay-statuses')).toBe(404)
    for (const query of ['phase=grammar', 'status=done', 'cursor=x', 'limit=0'])
      expect(await statusOf(`b-1/essay-statuses?${query}`)).toBe(422)
  })
})

describe("a batch's runs", () => {
  test('stand newest first beside the requests; before the first there are none', async () => {
    const one = conductor()
    await register(one, 'b-1', 1)
    const read = async () => RunsResponse.parse(await (await one.get('/internal/v1/batches/b-1/runs')).json())
    expect(await read()).toMatchObject({ user_id: 'teacher-1', runs: [], requests: [] })
    const request = (n: number) => ({
      request_id: `q-${n}`,
      correlation_id: `c-${n}`,
      requested_pipeline: 'nlp',
      user_id: 'teacher-1',
      is_retry: false,
      verdict: 'refused' as const,
      reason: 'run_active',
      detail: null,
      run_id: null,
      requested_at: n,
      received_at: n,
      decided_at: n,
    })
    await apply(one, 'b-1', runBook(bookOf(batchId('b-1'), '5', { requests: [request(1), request(2)] })))
    expect((await read()).requests.map(({ request_id }) => request_id)).toEqual(['q-2', 'q-1'])
    expect((await one.get('/internal/v1/batches/b-9/runs')).status).toBe(404)
  })
})
