import { expect, test } from 'bun:test'
import { announced } from '../../../conductor/state/announced.ts'
import { batchRegistered, essaySucceeded, runBook } from '../../../conductor/state/facts.ts'
import { batchId, essayId } from '../../../shared/ids.ts'
import type { Change } from '../../../shared/store/changes/port.ts'
import { bookOf, changeOf, embeddedStore, eventOf, NOW, origin, registration } from './support.ts'

test('what an apply changed is told after it can be read, with whose it is where that is said; a repeat is not', async () => {
  const { store } = embeddedStore()
  const told: Change[] = []
  const at = announced(store, { publish: (changes) => void told.push(...changes) })
  const [A, B, C] = [batchId('a'), batchId('b'), batchId('c')]
  const changes = [
    changeOf(A, eventOf([batchRegistered(registration({ userId: 'ada' }), [essayId('e')], origin(1))])),
    changeOf(B, eventOf([runBook(bookOf(B, '5', { user_id: 'bo' }))])),
    changeOf(C, eventOf([essaySucceeded(essayId('e'), 'nlp', origin(2), null)])),
  ]
  await at.apply(changes)
  expect(told).toEqual([
    { batchId: A, revision: NOW, userId: 'ada' },
    { batchId: B, revision: NOW, userId: 'bo' },
    { batchId: C, revision: NOW, userId: null },
  ])
  expect((await at.read(A, {})).revision).toBe(String(NOW))
  await at.apply(changes)
  expect(told.length).toBe(3)
})

test('a change says what caused it: the last event that changed something and whose trace is recorded', async () => {
  const { store } = embeddedStore()
  const told: Change[] = []
  const at = announced(store, { publish: (changes) => void told.push(...changes) })
  const id = batchId('a')
  const event = (n: number, trace?: string) => ({
    ...eventOf([essaySucceeded(essayId(`e${n}`), 'nlp', origin(n), null)], n),
    ...(trace === undefined ? {} : { cause: { correlationId: `c${n}`, traceparent: trace } }),
  })
  await at.apply([changeOf(id, event(1, 'first'), event(2, 'second'), event(3))])
  await at.apply([changeOf(id, event(4), event(2, 'a repeat'))])
  expect(told.map(({ cause }) => cause)).toEqual([{ correlationId: 'c2', traceparent: 'second' }, undefined])
})
