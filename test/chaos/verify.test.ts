import { expect, test } from 'bun:test'
import { createVerdict, judge, type Views } from './verify.ts'

/** A batch that is as it should be: one request, whose run did one phase. */
const views = (): Views & { status: object; state: object; model: object } => ({
  batchId: 'b-1',
  accepted: ['c-1'],
  status: {
    run: { correlation_id: 'c-1', status: 'completed_successfully' },
    requests: [{ correlation_id: 'c-1', verdict: 'accepted' }],
    phases: [{ phase: 'nlp', succeeded: 2 }],
  },
  state: {
    run_book: {
      runs: [{ correlation_id: 'c-1', status: 'completed_successfully' }],
      requests: [{ correlation_id: 'c-1', verdict: 'accepted' }],
    },
    tally: [{ phases: { nlp: 'succeeded' }, count: 2 }],
  },
  model: {
    ends: new Map([['c-1', 'completed_successfully']]),
    denied: new Set(),
    succeeded: new Map([['nlp', new Set(['a', 'b'])]]),
    said: new Map([['nlp for c-1', new Set(['id-1'])]]),
  },
})

const judged = (change: Partial<Views>) => {
  const verdict = createVerdict()
  judge(verdict, { ...views(), ...change })
  return verdict
}

test('nothing is said of a batch that is as it should be', () => {
  expect(judged({})).toEqual(createVerdict())
})

test('a request that was accepted and has no verdict is lost', () => {
  expect(judged({ accepted: ['c-1', 'c-2'] }).lost).toEqual(['b-1: the accepted request c-2 is unknown'])
})

test('a command under two ids was said twice', () => {
  const model = { ...views().model, said: new Map([['nlp for c-1', new Set(['id-1', 'id-2'])]]) }
  expect(judged({ model }).commandedTwice).toEqual(['b-1: nlp for c-1 under 2 ids: id-1, id-2'])
})

test('a run whose end the log does not tell has not ended', () => {
  expect(judged({ model: { ...views().model, ends: new Map() } }).notEnded).toEqual([
    'b-1: the run of c-1 has not ended',
  ])
})

test.each([
  ['fewer essays in the facts', { state: { ...views().state, tally: [] } }],
  ['another end in the status', { status: { ...views().status, run: { correlation_id: 'c-1', status: 'failed' } } }],
  ['a refusal that only the log tells', { model: { ...views().model, denied: new Set(['c-2']) } }],
  ['a batch that the conductor does not know', { state: undefined }],
] satisfies [string, Partial<Views>][])('%s is a difference', (_, change) => {
  expect(judged(change).different).toHaveLength(1)
})
