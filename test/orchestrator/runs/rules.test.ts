import { describe, expect, test } from 'bun:test'
import type { OutcomeInput } from '../../../orchestrator/runs/port.ts'
import { batchId, randomId } from '../../../shared/ids.ts'
import { CORRELATION, NOW, outcome, phase, readyToPlan, runStore, start } from '../support.ts'

/** The rules of what an outcome means and how a run ends, sentence by sentence as the design states them. */

const OTHER = randomId()
const both = [phase(), phase({ phase: 'nlp', depends_on: ['spellcheck'] })]
const good = (...ids: string[]) => ids.map((id) => [id, `corrected ${id}`] as const)

interface Row {
  /** What the first phase's minimum is, in percent; default 0: any. */
  readonly min?: number
  /** A run of the batch had this run's correlation id before. */
  readonly reused?: boolean
  readonly says: Partial<OutcomeInput>
  readonly reply: 'applied' | 'stale'
  /** Status of the run, then of its phases. */
  readonly left: readonly string[]
  /** Essays of the phase that is running now. */
  readonly next?: readonly string[]
  readonly error?: string | null
}

const OPEN = ['processing', 'running', 'pending']
const GOES_ON = ['processing', 'completed_successfully', 'running']
const HALF = ['processing', 'completed_with_failures', 'running']

const RULES: readonly (readonly [sentence: string, ...rows: readonly Row[]])[] = [
  [
    'it is acted on only if the attempt is open',
    { says: { phase: 'nlp' }, reply: 'stale', left: OPEN },
    { says: { phase: 'spellcheck' }, reply: 'applied', left: GOES_ON, next: ['e1', 'e2'] },
  ],
  [
    '(a) its correlation id is this run’s',
    { says: { processed: good('e1'), failed: ['e2'] }, reply: 'applied', left: HALF, next: ['e1'] },
    { says: { processed: good('e1'), correlation_id: OTHER }, reply: 'stale', left: OPEN },
    { says: { at: NOW - 60_000 }, reply: 'applied', left: GOES_ON, next: ['e1', 'e2'] },
  ],
  [
    '... and no earlier run of the batch used it',
    { reused: true, says: { processed: good('e1') }, reply: 'stale', left: OPEN },
    { reused: true, says: { at: NOW - 60_000 }, reply: 'stale', left: OPEN },
  ],
  [
    'or (b) it covers all commanded essays',
    { says: { correlation_id: OTHER }, reply: 'applied', left: GOES_ON, next: ['e1', 'e2'] },
    {
      says: { correlation_id: OTHER, processed: good('e1'), failed: ['e2'] },
      reply: 'applied',
      left: HALF,
      next: ['e1'],
    },
    { reused: true, says: {}, reply: 'applied', left: GOES_ON, next: ['e1', 'e2'] },
  ],
  [
    '... and is not older than the command',
    { says: { correlation_id: OTHER, at: NOW - 1 }, reply: 'stale', left: OPEN },
    { says: { correlation_id: OTHER, at: NOW }, reply: 'applied', left: GOES_ON, next: ['e1', 'e2'] },
  ],
  [
    'commanded but unlisted essays in case (a) count as failed, not_reported',
    { says: { processed: good('e1') }, reply: 'applied', left: HALF, next: ['e1'], error: 'not_reported' },
    { says: { processed: good('e1'), failed: ['e2'] }, reply: 'applied', left: HALF, next: ['e1'], error: null },
  ],
  [
    'essays that were not commanded are ignored',
    {
      says: { processed: good('e1', 'e2', 'e9'), failed: ['e8'] },
      reply: 'applied',
      left: GOES_ON,
      next: ['e1', 'e2'],
    },
  ],
  [
    'min_success alone decides whether the run goes on after an outcome',
    { min: 50, says: { processed: good('e1'), failed: ['e2'] }, reply: 'applied', left: HALF, next: ['e1'] },
  ],
  [
    'below it the run ends as failed, later phases skipped_due_to_dependency_failure',
    {
      min: 51,
      says: { processed: good('e1'), failed: ['e2'] },
      reply: 'applied',
      left: ['failed', 'failed', 'skipped_due_to_dependency_failure'],
    },
    {
      says: { processed: [], failed: ['e1', 'e2'] },
      reply: 'applied',
      left: ['failed', 'failed', 'skipped_due_to_dependency_failure'],
    },
  ],
]

const running = async ({ min = 0, reused = false }: Row) => {
  const { store } = runStore()
  const id = batchId(randomId())
  await readyToPlan(store, id)
  if (reused) {
    await store.start(id, start())
    await store.outcome(id, outcome({ cause: randomId() }))
    await readyToPlan(store, id, { request_id: 'again', position: null })
  }
  const [first = phase(), second = phase()] = both
  const again = reused ? { request_id: 'again', run_id: 'run-2' } : {}
  await store.start(id, start({ phases: [{ ...first, min_percent: min }, second], ...again }))
  return { store, id, nth: reused ? 1 : 0 }
}

describe.each(RULES.map(([sentence, ...rows]) => [sentence, rows] as const))('%s', (_, rows) => {
  test.each(rows.map((row) => [JSON.stringify(row), row] as const))('%s', async (__, row) => {
    const { store, id, nth } = await running(row)
    const { reply, book } = await store.outcome(id, outcome({ cause: randomId(), ...row.says }))
    const run = book.runs.find(({ run_id }) => run_id === `run-${nth + 1}`)
    expect(run?.correlation_id).toBe(CORRELATION)
    const left: readonly unknown[] = [run?.status, ...(run?.phases ?? []).map(({ status }) => status)]
    expect({ reply, left }).toEqual({ reply: row.reply, left: row.left })
    const open = run?.phases.find(({ status, phase }) => status === 'running' && phase === 'nlp')
    expect(open?.essay_ids).toEqual(row.next as never)
    if (row.error !== undefined) expect(run?.phases[0]?.error).toBe(row.error)
  })
})

test('a run that went on but left essays failed ends as completed_with_failures', async () => {
  const { store, id } = await running({ says: {}, reply: 'applied', left: [] })
  await store.outcome(id, outcome({ processed: good('e1'), failed: ['e2'] }))
  const { book } = await store.outcome(id, outcome({ cause: randomId(), phase: 'nlp', processed: good('e1') }))
  expect(book.runs[0]).toMatchObject({ status: 'completed_with_failures', failed_essay_count: 1 })
})
