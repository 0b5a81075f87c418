import { expect, test } from 'bun:test'
import { createReadWhenReached } from '../../../conductor/state/read-when-reached.ts'
import { PassingError } from '../../../shared/errors.ts'
import { batchId } from '../../../shared/ids.ts'
import { embeddedStore } from './support.ts'

const B = batchId('b')
const AFTER = [{ partition: 't|0', offset: 3 }]

const setUp = () => {
  const { store } = embeddedStore()
  let now = 0
  const pauses: number[] = []
  const onPause: { run?: (pauses: number) => Promise<unknown> } = {}
  const read = createReadWhenReached({
    store,
    clock: () => now,
    limitMs: 100,
    async sleep(ms) {
      now += ms
      pauses.push(ms)
      await onPause.run?.(pauses.length)
    },
  })
  return { store, read, pauses, onPause }
}

test('what is applied is read at once', async () => {
  const { store, read, pauses } = setUp()
  await store.apply([{ batchId: B, events: [{ partition: 't|0', offset: 3, facts: [] }] }])
  expect(await read(B, AFTER)).toMatchObject({ batchId: B, reached: true })
  expect(pauses).toEqual([])
})

test('what is about to be applied is waited for, with growing pauses', async () => {
  const { store, read, pauses, onPause } = setUp()
  onPause.run = async (count) =>
    count === 3 && store.apply([{ batchId: B, events: [{ partition: 't|0', offset: 4, facts: [] }] }])
  expect(await read(B, AFTER)).toMatchObject({ reached: true })
  expect(pauses).toEqual([2, 4, 8])
})

test('the wait ends in time', async () => {
  const { read, pauses } = setUp()
  await expect(read(B, AFTER)).rejects.toMatchObject({ name: 'PassingError', source: 'catching_up' })
  expect(pauses.reduce((sum, ms) => sum + ms, 0)).toBeLessThanOrEqual(100)
})

test('a bucket that catches up is waited for as well', async () => {
  const { store } = embeddedStore()
  let tries = 0
  const read = createReadWhenReached({
    store: {
      read: (...args) => {
        tries += 1
        return tries < 3 ? Promise.reject(new PassingError('catching_up', 'not yet')) : store.read(...args)
      },
    },
    clock: () => 0,
    limitMs: 100,
    sleep: async () => {},
  })
  expect(await read(B, [])).toMatchObject({ batchId: B })
  expect(tries).toBe(3)
})

test('any other failure is not waited out here', async () => {
  const read = createReadWhenReached({
    store: { read: () => Promise.reject(new PassingError('redis', 'gone')) },
    clock: () => 0,
    limitMs: 100,
    sleep: async () => {},
  })
  await expect(read(B, [])).rejects.toMatchObject({ source: 'redis' })
})
