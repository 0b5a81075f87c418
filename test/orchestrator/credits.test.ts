import { describe, expect, test } from 'bun:test'
import { costOf, createCheckCredits } from '../../orchestrator/credits.ts'
import { TOPICS } from '../../shared/contracts/topics.ts'
import { createResilience } from '../../shared/http/resilience.ts'
import { batchId } from '../../shared/ids.ts'
import { CORRELATION, catalog, conductorWith, json, orchestrator, phase, readyToPlan, start } from './support.ts'

const ids = (count: number) => Array.from({ length: count }, (_, n) => `e${n}`)
const input = start({
  phases: [
    phase({ planned: ids(5) }),
    phase({ phase: 'cj_assessment', planned: ids(5) }),
    phase({ phase: 'ai_feedback', planned: ids(4) }),
  ],
})

test('the costs are those of the phase file: for each essay, or for each pair of essays', () => {
  expect(costOf(input, catalog)).toEqual({ cj_comparison: 10, ai_feedback_generation: 4 })
})

test('what is skipped costs nothing', () => {
  const skipped = start({ phases: [phase({ phase: 'ai_feedback', decision: 'skip', planned: [] })] })
  expect(costOf(skipped, catalog)).toEqual({})
})

describe('the entitlements service', () => {
  const question = { userId: 'ada', orgId: null, correlationId: CORRELATION, input }
  const asking = (answer: () => Response | Promise<Response>, url: string | undefined = 'http://entitlements') => {
    const bodies: unknown[] = []
    const check = createCheckCredits({
      url,
      catalog,
      guarded: createResilience({ source: 'entitlements', metrics: { circuit() {}, circuitCall() {} }, pauseMs: 1 }),
      async fetch(request) {
        bodies.push({ path: new URL(request.url).pathname, body: JSON.parse(await request.clone().text()) })
        return answer()
      },
    })
    return { check, bodies }
  }

  test('is asked for all of a run at once, as the contract says', async () => {
    const { check, bodies } = asking(() => Response.json({ allowed: true, available_credits: 100 }))
    expect(await check(question)).toMatchObject({ allowed: true, required: 14, available: 100 })
    expect(bodies).toEqual([
      {
        path: '/v1/entitlements/check-credits/bulk',
        body: {
          user_id: 'ada',
          org_id: null,
          requirements: { cj_comparison: 10, ai_feedback_generation: 4 },
          correlation_id: CORRELATION,
        },
      },
    ])
  })

  test.each([402, 429])('says no with %d: that is an answer', async (status) => {
    const { check } = asking(() => Response.json({ allowed: false, denial_reason: 'rate_limit_exceeded' }, { status }))
    expect(await check(question)).toMatchObject({ allowed: false, reason: 'rate_limit_exceeded', available: 0 })
  })

  test.each([
    ['answers 500', () => new Response(null, { status: 500 })],
    ['answers nonsense', () => new Response('<html>')],
    ['is away', () => Promise.reject(new Error('ECONNREFUSED'))],
  ])('that %s is waited for: a run is neither given away nor refused', async (_, answer) => {
    const { check } = asking(answer)
    await expect(check(question)).rejects.toMatchObject({ name: 'PassingError', source: 'entitlements' })
  })

  test('is asked again when it fails once, and for a while not at all when it fails again and again', async () => {
    const answers = [new Response(null, { status: 503 }), Response.json({ allowed: true, available_credits: 100 })]
    const once = asking(() => answers.shift() ?? Response.error())
    expect(await once.check(question)).toMatchObject({ allowed: true })
    expect(once.bodies).toHaveLength(2)

    const down = asking(() => new Response(null, { status: 503 }))
    for (let n = 0; n < 5; n++) await expect(down.check(question)).rejects.toMatchObject({ source: 'entitlements' })
    const asked = down.bodies.length
    await expect(down.check(question)).rejects.toThrow('not asked for now')
    expect(down.bodies).toHaveLength(asked)
  })

  test('is not asked where it is not configured, nor for what costs nothing', async () => {
    const unset = asking(() => Response.error(), undefined)
    const { check } = createUnset()
    expect(await check(question)).toMatchObject({ allowed: true })
    const free = asking(() => Response.error())
    expect(await free.check({ ...question, input: start() })).toMatchObject({ allowed: true, required: 0 })
    expect([...unset.bodies, ...free.bodies]).toEqual([])
  })

  const createUnset = () => ({
    check: createCheckCredits({ url: undefined, catalog, fetch: () => Response.error(), guarded: (call) => call() }),
  })
})

test('a run that cannot be paid for is refused, visibly, with what it would have cost', async () => {
  const { client } = conductorWith({ phases: [{ phase: 'ai_feedback', essays: ['e1', 'e2'] }] })
  const { store, settle, log } = orchestrator({
    conductor: client,
    entitlements: () => Response.json({ allowed: false, available_credits: 1, denial_reason: 'insufficient_credits' }),
  })
  const id = batchId('b-1')
  await settle(id, await readyToPlan(store, id))
  expect((await store.read(id))?.book.requests).toMatchObject([
    { verdict: 'refused', reason: 'insufficient_credits', detail: '2 credits are needed, 1 are available.' },
  ])
  const [denied] = log.published.filter(({ topic }) => topic === TOPICS.pipelineDenied).map(json)
  expect(denied.data).toMatchObject({
    denial_reason: 'insufficient_credits',
    required_credits: 2,
    available_credits: 1,
    resource_breakdown: { cj_comparison: 0, ai_feedback_generation: 2 },
  })
  const [notice] = log.published.filter(({ topic }) => topic === TOPICS.teacherNotification).map(json)
  expect(notice.data).toMatchObject({
    teacher_id: 'ada',
    notification_type: 'pipeline_denied_insufficient_credits',
    priority: 'immediate',
    action_required: true,
    payload: { credit_deficit: 1, org_id: 'school-1' },
  })
})
