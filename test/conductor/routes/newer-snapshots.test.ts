import { expect, test } from 'bun:test'
import { batchRegistered, runBook } from '../../../conductor/state/facts.ts'
import { NewerResponse } from '../../../shared/contracts/http/snapshots.ts'
import { RunPhase, RunSummary } from '../../../shared/contracts/run-book.ts'
import { PassingError } from '../../../shared/errors.ts'
import { type BatchId, batchId, essayId } from '../../../shared/ids.ts'
import { bookOf, changeOf, eventOf, NOW, origin, registration } from '../state/support.ts'
import { conductor } from '../support.ts'

const [A, B, C] = [batchId('a'), batchId('b'), batchId('c')]

const register = (id: BatchId, userId: string) =>
  changeOf(id, eventOf([batchRegistered(registration({ userId, orgId: null }), [essayId('e1')], origin(1))]))

const ask = async (at: ReturnType<typeof conductor>, ...batches: readonly (readonly [string, number])[]) => {
  const body = { batches: batches.map(([batch_id, revision]) => ({ batch_id, revision })) }
  const answer = await at.post('/internal/v1/batches/newer', body)
  expect(answer.status).toBe(200)
  return NewerResponse.parse(await answer.json()).batches
}

test('of several batches those that changed come whole, with whose they are, and the others in a word', async () => {
  const at = conductor()
  await at.store.apply([register(A, 'ada'), register(B, 'bo')])
  const answers = await ask(at, ['a', 0], ['b', NOW], ['c', 0])
  expect(answers).toMatchObject([
    {
      state: 'newer',
      batch_id: 'a',
      user_id: 'ada',
      snapshot: { status: 'pending_content', details: { revision: NOW } },
    },
    { state: 'unchanged', batch_id: 'b' },
    { state: 'unknown', batch_id: 'c' },
  ])
})

test('a snapshot holds no essays, neither of the batch nor of a run, so that its size does not grow with them', async () => {
  const at = conductor()
  const phase = RunPhase.parse({
    ...{ phase: 'nlp', decision: 'run', reason: 'not_started', status: 'running', attempt: 1, total: 1 },
    ...{ succeeded: 0, failed: 0, commanded_at: 1, completed_at: null, essay_ids: ['e1'] },
  })
  const run = RunSummary.parse({
    ...{ run_id: 'r', request_id: 'q', correlation_id: 'x', requested_pipeline: 'nlp', user_id: 'ada' },
    ...{ is_retry: false, plan_revision: '1', status: 'processing', essay_count: 1, failed_essay_count: 0 },
    ...{ started_at: 1, completed_at: null, phases: [phase] },
  })
  const book = bookOf(A, '1', { runs: [run] })
  await at.store.apply([register(A, 'ada'), changeOf(A, eventOf([runBook(book)], 1))])
  const answer = await at.post('/internal/v1/batches/newer', { batches: [{ batch_id: 'a', revision: 0 }] })
  const text = await answer.text()
  expect(text).toContain('"run_id":"r"')
  expect(text).not.toContain('essay_ids')
  expect(text).not.toContain('"essays"')
  expect(text).not.toContain('e1')
})

test('a batch whose bucket catches up says so and keeps nobody else waiting; a store that is away is a 503 for all', async () => {
  const parts = conductor()
  await parts.store.apply([register(A, 'ada'), register(C, 'cy')])
  const held = conductor({
    store: {
      ...parts.store,
      async revision(id) {
        if (id === A) throw new PassingError('catching_up', 'not yet')
        return parts.store.revision(id)
      },
    },
  })
  expect(await ask(held, ['a', 0], ['c', 0])).toMatchObject([{ state: 'catching_up' }, { state: 'newer' }])
  const away = conductor({
    store: {
      revision: async () => {
        throw new PassingError('redis', 'ECONNREFUSED')
      },
    },
  })
  const answer = await away.post('/internal/v1/batches/newer', { batches: [{ batch_id: 'a', revision: 0 }] })
  expect(answer.status).toBe(503)
})
