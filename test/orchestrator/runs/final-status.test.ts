import { expect, test } from 'bun:test'
import { batchId, randomId } from '../../../shared/ids.ts'
import { type MinSuccess, meetsMinSuccess } from '../../../shared/pipelines/catalog.ts'
import { outcome, phase, readyToPlan, runStore, start } from '../support.ts'

const RULES: readonly (readonly [name: string, rule: MinSuccess, percent: number])[] = [
  ['any', 'any', 0],
  ['all', 'all', 100],
  ['1%', { percent: 1 }, 1],
  ['50%', { percent: 50 }, 50],
  ['67%', { percent: 67 }, 67],
  ['80%', { percent: 80 }, 80],
  ['100%', { percent: 100 }, 100],
]
const TOTALS = [1, 2, 5]

/** Every way in which an attempt can end: so many of so many succeed, with so many that had before. */
const CASES = TOTALS.flatMap((total) =>
  Array.from({ length: total + 1 }, (_, succeeded) => [0, 2].map((already) => ({ total, succeeded, already }))).flat(),
)

/** Runs two phases, of which the first ends in this way, and the second, if it runs, with success. */
const runWith = async (percent: number, { total, succeeded, already }: (typeof CASES)[number]) => {
  const { store } = runStore()
  const id = batchId(randomId())
  await readyToPlan(store, id)
  const planned = Array.from({ length: total }, (_, n) => `e${n}`)
  const others = Array.from({ length: already }, (_, n) => `done-${n}`)
  const next = phase({ phase: 'nlp', depends_on: ['spellcheck'], planned: [...planned, ...others] })
  await store.start(id, start({ phases: [phase({ planned, already, min_percent: percent }), next] }))
  const good = planned.slice(0, succeeded)
  const first = outcome({ processed: good.map((essay) => [essay, 'x']), failed: planned.slice(succeeded) })
  const { book } = await store.outcome(id, first)
  const going = book.runs[0]?.phases[1]?.essay_ids ?? []
  const ended = await store.outcome(
    id,
    outcome({ cause: randomId(), phase: 'nlp', processed: going.map((essay) => [essay, 'x']) }),
  )
  return { going, run: ended.book.runs[0], store, id }
}

test.each(RULES)(
  'with min_success %s the minimum alone decides whether a run goes on, and how it ends',
  async (_, rule, percent) => {
    for (const one of CASES) {
      const { total, succeeded, already } = one
      const { going, run } = await runWith(percent, one)
      const [first, second] = run?.phases ?? []
      const seen = { ...one, going: going.length, run: run?.status, first: first?.status, second: second?.status }
      const done = 'completed_successfully'
      if (succeeded === total)
        expect(seen).toEqual({ ...one, going: total + already, run: done, first: done, second: done })
      else if (meetsMinSuccess(rule, already + succeeded, already + total)) {
        const partly = 'completed_with_failures'
        expect(seen).toEqual({ ...one, going: succeeded + already, run: partly, first: partly, second: done })
        expect(run?.failed_essay_count).toBe(total - succeeded)
      } else {
        const given = 'skipped_due_to_dependency_failure'
        expect(seen).toEqual({ ...one, going: 0, run: 'failed', first: 'failed', second: given })
        expect(run?.failed_essay_count).toBe(total + already)
      }
    }
  },
)

test('a terminal status is never left', async () => {
  const { store, id, run } = await runWith(0, { total: 2, succeeded: 1, already: 0 })
  for (const again of [
    await store.outcome(id, outcome({ cause: randomId() })),
    await store.timeout(id),
    await store.moveOn(id),
    await store.cancel(id, { request_id: 'late', correlation_id: 'c', run_id: null, reason: 'cancelled' }),
    await store.start(id, start()),
  ])
    expect(again.book.runs[0]).toEqual(run as never)
})
