import { Database } from 'bun:sqlite'
import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { createEmbeddedRunStore } from '../../../orchestrator/runs/embedded.ts'
import { BookState, bookFrom } from '../../../orchestrator/runs/model/changelog.ts'
import type { OutboxEntry } from '../../../orchestrator/runs/model/outbox-entry.ts'
import type { Transitioned } from '../../../orchestrator/runs/port.ts'
import { RunBook } from '../../../shared/contracts/run-book.ts'
import { batchId, randomId } from '../../../shared/ids.ts'
import {
  CAUSE,
  CORRELATION,
  json,
  NOW,
  outcome,
  phase,
  REQUEST,
  readyToPlan,
  render,
  runStore,
  start,
} from '../support.ts'
import { type Step, stepOf, take } from './histories.ts'

/** What a reader of the topic makes of a book that is published now. */
const published = (at: Transitioned) => {
  const [message] = at.entries.flatMap((entry) => (entry.kind === 'book' ? render(at.book, entry, at.entries) : []))
  const { data, metadata } = message ? json(message) : json(bookMessage(at))
  return bookFrom(RunBook.parse(data), BookState.parse(metadata.state))
}

/** The same where the newest book is on the topic already. */
const bookMessage = ({ book, entries }: Transitioned) => {
  const entry = { kind: 'book' as const, cause: CAUSE, correlation_id: CORRELATION, seq: 0, at: NOW }
  const [message] = render(book, entry, entries)
  if (!message) throw new Error('a book is a message')
  return message
}

test('whatever has happened, the book that is published brings back the book that was', async () => {
  const clock = { now: NOW * 1_000 }
  const store = createEmbeddedRunStore(new Database(':memory:', { strict: true }), { clock: () => clock.now })
  const lead: readonly Step[] = [
    { what: 'register', regular: false },
    { what: 'content', kind: 'ready', offset: 0 },
    { what: 'request', id: 0, user: 0, correlation: 0, late: false, long: false },
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
        const isOpen = (entry: OutboxEntry) =>
          entry.kind !== 'command' ||
          book.runs.some(
            ({ run_id, phases }) =>
              run_id === entry.run_id &&
              phases.some(
                (one) => one.phase === entry.phase && one.attempt === entry.attempt && one.essay_ids.length > 0,
              ),
          )
        expect(back.entries).toEqual(entries.filter((entry) => entry.kind !== 'book' && isOpen(entry)))
      }
    }),
    { numRuns: 100, seed: 42 },
  )
})

describe('a run of two phases beside each other', () => {
  const started = async () => {
    const { store } = runStore()
    const id = batchId('b-1')
    await readyToPlan(store, id)
    const phases = [phase(), phase({ phase: 'cj_assessment', produces_text: false }), later]
    return { store, id, at: await store.start(id, start({ execution: 'parallel', phases })) }
  }
  const later = phase({ phase: 'nlp', depends_on: ['cj_assessment'], produces_text: false })
  const commandOf = (entries: readonly OutboxEntry[], name: string) =>
    entries.find((entry) => entry.kind === 'command' && entry.phase === name)

  test('says a command again word for word, though its neighbour has made newer texts since', async () => {
    const { store, id, at } = await started()
    const moved = await store.outcome(id, outcome())
    const before = commandOf(at.entries, 'cj_assessment')
    expect(before).toMatchObject({
      essays: [
        ['e1', 'text-1'],
        ['e2', 'text-2'],
      ],
    })
    expect(commandOf(published(moved).entries, 'cj_assessment')).toEqual(before)
  })

  test('gives a phase that starts after the restoration the newest texts', async () => {
    const { store, id } = await started()
    const { book, entries } = published(await store.outcome(id, outcome()))
    const fresh = runStore().store
    await fresh.restore(id, { book, entries })
    const processed = [
      ['e1', 'a copy'],
      ['e2', 'a copy'],
    ] as const
    const moved = await fresh.outcome(id, outcome({ phase: 'cj_assessment', cause: REQUEST, processed }))
    expect(commandOf(moved.entries, 'nlp')).toMatchObject({
      essays: [
        ['e1', 'corrected-1'],
        ['e2', 'corrected-2'],
      ],
    })
  })
})

test('a book that was published when ids stood in it still brings the batch back', async () => {
  const { store } = runStore()
  const id = batchId('b-1')
  await readyToPlan(store, id)
  const at = await store.start(id, start())
  const { data, metadata } = json(bookMessage(at))
  const [run] = metadata.state.run ? [metadata.state.run] : []
  run.essays = run.essays.map(([, text]: [unknown, string], place: number) => [`e${place + 1}`, text])
  for (const one of run.phases) delete one.open
  data.runs[0].phases[0].essay_ids = ['e1', 'e2']
  const back = bookFrom(RunBook.parse(data), BookState.parse(metadata.state))
  expect(back.book.runs).toEqual(at.book.runs)
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
  // These ids are not the registration's, so each stands in the book once more.
  expect(bookMessage(started).value.length).toBeLessThan(500_000)
})
