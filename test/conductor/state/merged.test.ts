import { expect, test } from 'bun:test'
import type { BatchChange } from '../../../conductor/state/facts.ts'
import { merged } from '../../../conductor/state/merged.ts'
import type { Applied, Counted } from '../../../conductor/state/port.ts'
import { PassingError } from '../../../shared/errors.ts'
import { batchId } from '../../../shared/ids.ts'
import { createWriteCounts } from '../../../shared/store/marker/write-counts.ts'
import { changeOf, eventOf } from './support.ts'

const [A, B] = [batchId('a'), batchId('b')]
const writes = createWriteCounts()
const from = (field: string): readonly Counted[] => [{ field, writes }]
/** An event that is known by its offset. */
const saying = (id: typeof A, ...offsets: readonly number[]) =>
  changeOf(id, ...offsets.map((offset) => eventOf([], offset)))

/** A store whose calls a test answers one by one. */
const setUp = (options: { readonly callsAtOnce?: number } = {}) => {
  const calls: { readonly said: string; readonly fields: string; answer(error?: Error): void }[] = []
  const inShort = ({ batchId: id, events }: BatchChange) => `${id}:${events.map(({ offset }) => offset)}`
  const store = merged(
    {
      async apply(changes, counted = []) {
        const [change] = changes
        if (!change || changes.length !== 1) throw new Error('one batch a call')
        const { promise, resolve, reject } = Promise.withResolvers<void>()
        const fields = counted.map(({ field }) => field).join()
        calls.push({ said: inShort(change), fields, answer: (error) => (error ? reject(error) : resolve()) })
        await promise
        const results = change.events.map(({ offset }) => ({ applied: offset }))
        return [{ batchId: change.batchId, revision: '1', factsRevision: '1', changed: true, results }]
      },
    },
    options,
  )
  const settled = async () => void (await Bun.sleep(0))
  return { store, calls, settled, said: () => calls.map((call) => call.said) }
}
const offsetsOf = (applied: readonly Applied[]) => applied.map(({ results }) => results.map((counts) => counts.applied))

test('batches do not wait for each other', async () => {
  const { store, said } = setUp()
  void store.apply([saying(A, 1), saying(B, 2)])
  expect(said()).toEqual(['a:1', 'b:2'])
})

test('what is said about a batch meanwhile goes in one transition, and everyone gets the answer to their own events', async () => {
  const { store, calls, said, settled } = setUp()
  const all = [store.apply([saying(A, 1)], from('p0')), store.apply([saying(A, 2, 3)], from('p1'))]
  all.push(store.apply([saying(B, 9), saying(A, 4)], from('p2')))
  expect(said()).toEqual(['a:1', 'b:9'])
  calls[0]?.answer()
  await settled()
  expect([said().at(-1), calls.at(-1)?.fields]).toEqual(['a:2,3,4', 'p1,p2'])
  for (const call of calls) call.answer()
  expect((await Promise.all(all)).map(offsetsOf)).toEqual([[[1]], [[2, 3]], [[9], [4]]])
})

test('only so many transitions are under way at a time', async () => {
  const { store, calls, said, settled } = setUp({ callsAtOnce: 1 })
  const all = [store.apply([saying(A, 1)]), store.apply([saying(B, 2)]), store.apply([saying(A, 3)])]
  expect(said()).toEqual(['a:1'])
  for (let n = 0; n < 3; n++) {
    calls[n]?.answer()
    await settled()
  }
  expect(said()).toEqual(['a:1', 'b:2', 'a:3'])
  await Promise.all(all)
})

test('a passing failure reaches all whose events were in it', async () => {
  const { store, calls, settled } = setUp()
  const first = store.apply([saying(A, 1)])
  const both = [store.apply([saying(A, 2)]), store.apply([saying(A, 3)])]
  calls[0]?.answer()
  await first
  await settled()
  calls[1]?.answer(new PassingError('redis', 'LOADING'))
  for (const outcome of await Promise.allSettled(both))
    expect(outcome.status === 'rejected' && outcome.reason).toBeInstanceOf(PassingError)
})

test('after any other failure each is tried alone, so that only the guilty is told', async () => {
  const { store, calls, said, settled } = setUp()
  const first = store.apply([saying(A, 1)])
  const both = Promise.allSettled([store.apply([saying(A, 2)]), store.apply([saying(A, 3)])])
  calls[0]?.answer()
  await first
  await settled()
  calls[1]?.answer(new Error('a bug'))
  await settled()
  calls[2]?.answer(new Error('a bug'))
  await settled()
  calls[3]?.answer()
  const [guilty, innocent] = await both
  expect(said()).toEqual(['a:1', 'a:2,3', 'a:2', 'a:3'])
  expect([guilty?.status, innocent?.status]).toEqual(['rejected', 'fulfilled'])
})
