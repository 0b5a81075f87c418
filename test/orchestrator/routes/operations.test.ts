import { expect, test } from 'bun:test'
import { TOPICS } from '../../../shared/contracts/topics.ts'
import { batchId } from '../../../shared/ids.ts'
import {
  json,
  NOW,
  orchestrator,
  outcome,
  phase,
  readyToPlan,
  register,
  request,
  setPaused,
  start,
} from '../support.ts'

test('what waits says for what, since when, until when, and which call ends it', async () => {
  const { get, store, clock } = orchestrator()
  const [runs, waits, held, unsaid] = ['runs', 'waits', 'held', 'unsaid'].map(batchId)
  if (!runs || !waits || !held || !unsaid) throw new Error('four ids')
  await readyToPlan(store, runs)
  await store.start(runs, start())
  await store.register(waits, register())
  await store.request(waits, request())
  await setPaused(store, 'nlp', true)
  await readyToPlan(store, held)
  await store.start(held, start({ phases: [phase({ phase: 'nlp' })] }))
  await setPaused(store, 'spellcheck', false)
  await store.register(unsaid, register())
  clock.now += 20_000_000
  const response = await get('/internal/v1/runs/stuck?older_than_seconds=10')
  expect(response.status).toBe(200)
  const { waiting } = JSON.parse(await response.text())
  const of = (id: string) =>
    waiting.filter(
      (item: { batch_id: string; waits_for: string }) => item.batch_id === id && item.waits_for !== 'publication',
    )
  expect(of('runs')).toEqual([
    {
      batch_id: 'runs',
      run_id: 'run-1',
      waits_for: 'phase_outcome',
      phase: 'spellcheck',
      since: '2026-11-24T05:03:32.641000Z',
      until: '2026-11-24T05:04:32.641000Z',
      overdue: false,
      advice: expect.stringContaining('The specialist has not answered.'),
      fix: { method: 'POST', path: '/internal/v1/batches/runs/cancel' },
    },
  ])
  expect(of('waits')).toMatchObject([{ waits_for: 'content', fix: { path: '/internal/v1/batches/waits/cancel' } }])
  expect(of('held')).toMatchObject([
    { waits_for: 'phase_resume', phase: 'nlp', until: null, fix: { path: '/internal/v1/phases/nlp/resume' } },
  ])
  // Whoever may not call the services reads the advice alone.
  for (const { advice } of waiting) expect(advice).not.toContain('/internal/')
  expect(waiting).toContainEqual(
    expect.objectContaining({ batch_id: 'unsaid', waits_for: 'publication', overdue: true, fix: null }),
  )
})

test('what has not waited for so long is left out, and a limit says that there is more', async () => {
  const { get, store } = orchestrator()
  for (const id of ['b-1', 'b-2']) {
    await readyToPlan(store, batchId(id))
    await store.start(batchId(id), start())
  }
  expect(await (await get('/internal/v1/runs/stuck')).json()).toEqual({ waiting: [], truncated: false })
  const response = await get('/internal/v1/runs/stuck?older_than_seconds=0&limit=1')
  expect(await response.json()).toMatchObject({ waiting: [{ phase: 'spellcheck' }], truncated: true })
  expect((await get('/internal/v1/runs/stuck?limit=0')).status).toBe(422)
})

test('a phase is paused and resumed by its name, and who did so and when is told', async () => {
  const { get, post, store } = orchestrator()
  const told = {
    paused: ['nlp'],
    pauses: [{ phase: 'nlp', since: '2026-11-24T05:03:32.641000Z', paused_by: 'test', user_id: 'ada' }],
  }
  const paused = await post('/internal/v1/phases/nlp/pause', {}, { 'x-user-id': 'ada' })
  expect(await paused.json()).toEqual(told)
  await readyToPlan(store, batchId('b-1'))
  const started = await store.start(batchId('b-1'), start({ phases: [phase({ phase: 'nlp' })] }))
  expect(started.book.runs).toMatchObject([{ phases: [{ paused: true }] }])
  expect(await (await get('/internal/v1/phases/paused')).json()).toEqual(told)
  expect(await (await post('/internal/v1/phases/nlp/resume', {})).json()).toEqual({ paused: [], pauses: [] })
  expect((await store.moveOn(batchId('b-1'))).book.runs).toMatchObject([{ phases: [{ status: 'running' }] }])
  expect((await post('/internal/v1/phases/nope/pause', {})).status).toBe(404)
  expect((await post('/internal/v1/phases/nlp/stop', {})).status).toBe(422)
})

test('a pause is on the log, under its phase, before it holds: while the log is away nothing changes', async () => {
  const { log, post, store } = orchestrator()
  log.failures.next = 1
  expect((await post('/internal/v1/phases/nlp/pause', {})).status).toBe(503)
  expect(await store.pauses()).toEqual([])
  expect((await post('/internal/v1/phases/nlp/pause', {})).status).toBe(200)
  expect(log.published).toMatchObject([{ topic: TOPICS.phasePauseChanged, key: 'nlp' }])
  expect(log.published.map(json)).toMatchObject([{ data: { phase_name: 'nlp', paused: true, changed_by: 'test' } }])
})

test('the history of a batch tells each run from its request to its end', async () => {
  const { get, store, clock } = orchestrator()
  const id = batchId('b-1')
  await readyToPlan(store, id)
  clock.now = (NOW + 1_000) * 1_000
  await store.start(id, start())
  clock.now = (NOW + 5_000) * 1_000
  await store.outcome(id, outcome({ processed: [['e1', 'x']], failed: [] }))
  const response = await get('/internal/v1/batches/b-1/runs')
  const { runs, requests } = JSON.parse(await response.text())
  expect(requests).toMatchObject([{ verdict: 'accepted', run_id: 'run-1' }])
  expect(runs).toMatchObject([
    {
      run_id: 'run-1',
      status: 'completed_with_failures',
      user_id: 'ada',
      timeline: [
        { at: '2026-11-24T05:03:32.641000Z', what: 'requested', detail: 'ai_feedback' },
        { what: 'received' },
        { at: '2026-11-24T05:03:33.641000Z', what: 'started' },
        { what: 'commanded', phase: 'spellcheck', detail: 'attempt 1' },
        {
          at: '2026-11-24T05:03:37.641000Z',
          what: 'completed_with_failures',
          phase: 'spellcheck',
          detail: 'not_reported',
        },
        { what: 'completed_with_failures', phase: null },
      ],
    },
  ])
  expect((await get('/internal/v1/batches/b-9/runs')).status).toBe(404)
})
