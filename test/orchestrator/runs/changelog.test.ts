import { Database } from 'bun:sqlite'
import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { createEmbeddedRunStore } from '../../../orchestrator/runs/embedded.ts'
import { BookState, bookFrom, stateOf } from '../../../orchestrator/runs/model/changelog.ts'
import type { Transitioned } from '../../../orchestrator/runs/port.ts'
import { RunBook } from '../../../shared/contracts/run-book.ts'
import { batchId, randomId } from '../../../shared/ids.ts'
import { NOW, phase, readyToPlan, runStore, start } from '../support.ts'
import { type Step, stepOf, take } from './histories.ts'

/** What a reader of the topic makes of a book that is published now. */
const published = ({ book, entries }: Transitioned) => {
  const data = RunBook.parse(JSON.parse(JSON.stringify(RunBook.parse({ ...book, revision: book.book_revision }))))
  return bookFrom(data, BookState.parse(JSON.parse(JSON.stringify(stateOf(book, entries)))))
}

test('whatever has happened, the book that is published brings back the book that was', async () => {
  const clock = { now: NOW * 1_000 }
  const store = createEmbeddedRunStore(new Database(':memory:', { strict: true }), { clock: () => clock.now })
  const lead: readonly Step[] = [
    { what: 'register', regular: false },
    { what: 'content', kind: 'ready', offset: 0 },
    { what: 'request', id: 0, user: 0, correlation: 0, late: false },
  ]
  await fc.assert(
    fc.asyncProperty(fc.array(stepOf, { maxLength: 30 }), async (steps) => {
      const id = batchId(randomId())
      let last: Transitioned | undefined
      for (const [index, step] of [...lead, ...steps].entries()) {
        clock.now += 1_000_000
        last = await take(store, id, step, index, Math.floor(clock.now / 1_000), last)
        const { book, entries } = last
        const back = published(last)
        const own = { revision: book.book_revision, outbox: [], book_entry: 0 }
        const runs = book.runs.map((run) =>
          run.status === 'processing' ? run : { ...run, message: '', execution: 'sequential', failing: false },
        )
        const essence = (one: object) => JSON.parse(JSON.stringify({ ...one, runs: [] }))
        expect(essence(back.book)).toEqual(essence({ ...book, ...own }))
        for (const [i, run] of runs.entries())
          if (run.status === 'processing') expect(back.book.runs[i]).toEqual(run as never)
        const open = entries.filter(({ kind }) => kind !== 'book' && kind !== 'command')
        expect(back.entries.filter(({ kind }) => kind !== 'command')).toEqual(open)
      }
    }),
    { numRuns: 100, seed: 42 },
  )
})

test('a run of 5,000 essays fits a message', async () => {
  const { store } = runStore()
  const id = batchId('b-1')
  await readyToPlan(store, id)
  const ids = Array.from({ length: 5_000 }, randomId)
  const one = (name: string) => phase({ phase: name, planned: ids })
  const texts = Object.fromEntries(ids.map((essay) => [essay, randomId()]))
  const phases = [one('spellcheck'), one('nlp'), one('cj_assessment')]
  const started = await store.start(id, start({ execution: 'parallel', phases, texts, essay_count: 5_000 }))
  expect(published(started).book.runs[0]?.phases[2]?.planned).toEqual(ids)
  const bytes =
    JSON.stringify(RunBook.parse(started.book)).length + JSON.stringify(stateOf(started.book, started.entries)).length
  expect(bytes).toBeLessThan(1_900_000)
})
