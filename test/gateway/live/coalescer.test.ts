import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { createCoalescer } from '../../../gateway/live/coalescer.ts'
import { settled, testTime } from './support.ts'

const open = (options: { readonly maxKeys?: number; readonly maxReads?: number; readonly takesMs?: number } = {}) => {
  const time = testTime()
  const reads: { readonly at: number; readonly keys: readonly string[] }[] = []
  let under = 0
  let most = 0
  const coalescer = createCoalescer({
    async read(keys) {
      reads.push({ at: time.clock(), keys })
      most = Math.max(most, ++under)
      const done = Promise.withResolvers<void>()
      time.later(options.takesMs ?? 0, done.resolve)
      await done.promise
      under--
    },
    spacingMs: 100,
    maxKeys: options.maxKeys ?? 50,
    maxReads: options.maxReads ?? 4,
    clock: time.clock,
    later: time.later,
  })
  return { ...time, coalescer, reads, most: () => most }
}

test('what is asked for together is read together, at once', async () => {
  const { coalescer, reads } = open()
  for (const key of ['a', 'b', 'a', 'c']) coalescer.ask(key)
  await settled()
  expect(reads).toEqual([{ at: 0, keys: ['a', 'b', 'c'] }])
})

test('a thousand changes of one batch in a second are eleven reads, the last after the last change', async () => {
  const { coalescer, reads, pass } = open()
  let shared = 0
  for (let n = 0; n < 1_000; n++) {
    if (coalescer.ask('a')) shared++
    await pass(1)
  }
  await pass(1_000)
  expect(reads.length).toBe(11)
  expect(reads.at(-1)?.at).toBeGreaterThanOrEqual(1_000)
  expect(shared).toBe(1_000 - 11)
})

test('no more reads at a time than allowed, no more keys in one than allowed, and each key is read', async () => {
  const { coalescer, reads, pass, most } = open({ maxKeys: 10, maxReads: 3, takesMs: 5 })
  for (let n = 0; n < 95; n++) coalescer.ask(`b-${n}`)
  await pass(1_000)
  expect(reads.map(({ keys }) => keys.length)).toEqual([...Array<number>(9).fill(10), 5])
  expect(most()).toBe(3)
})

test('what changed is read before what is only looked at again, which is read, too', async () => {
  const { coalescer, reads, pass } = open({ maxKeys: 1, maxReads: 1, takesMs: 5 })
  for (const key of ['a', 'b', 'c', 'd']) coalescer.check(key)
  await pass(0)
  coalescer.ask('d')
  coalescer.ask('e')
  coalescer.check('e')
  await pass(1_000)
  expect(reads.map(({ keys }) => keys.join())).toEqual(['a', 'd', 'e', 'b', 'c'])
})

test('a read that fails keeps nobody waiting', async () => {
  const time = testTime()
  let reads = 0
  const coalescer = createCoalescer({
    read: async () => {
      reads++
      throw new Error('a bug')
    },
    ...{ spacingMs: 100, maxKeys: 1, maxReads: 1, clock: time.clock, later: time.later },
  })
  coalescer.ask('a')
  coalescer.ask('b')
  await time.pass(0)
  coalescer.ask('a')
  await time.pass(100)
  expect(reads).toBe(3)
})

test('once stopped nothing is read and nothing is scheduled', async () => {
  const { coalescer, reads, pass, pending } = open()
  coalescer.ask('a')
  await pass(0)
  coalescer.ask('a')
  coalescer.stop()
  coalescer.ask('b')
  await pass(1_000)
  expect(reads.length).toBe(1)
  expect(pending()).toBe(0)
})

test('whatever the order of asks and time, each ask is answered by a read that began after it, and reads keep their distance', async () => {
  const step = fc.oneof(
    fc.record({ ask: fc.constantFrom('a', 'b', 'c', 'd') }),
    fc.record({ pass: fc.integer({ min: 1, max: 150 }) }),
  )
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 40 }),
      fc.integer({ min: 0, max: 300 }),
      fc.integer({ min: 1, max: 3 }),
      async (steps, takesMs, maxKeys) => {
        const { coalescer, reads, pass, clock } = open({ takesMs, maxKeys, maxReads: 2 })
        const asks: { readonly at: number; readonly key: string }[] = []
        for (const one of steps) {
          if ('pass' in one) await pass(one.pass)
          else {
            asks.push({ at: clock(), key: one.ask })
            coalescer.ask(one.ask)
          }
        }
        await pass(100_000)
        for (const { at, key } of asks)
          expect(reads.some((read) => read.at >= at && read.keys.includes(key))).toBe(true)
        for (const key of ['a', 'b', 'c', 'd']) {
          const times = reads.filter(({ keys }) => keys.includes(key)).map((read) => read.at)
          for (const [n, at] of times.slice(1).entries())
            expect(at - (times[n] ?? 0)).toBeGreaterThanOrEqual(100 + takesMs)
        }
      },
    ),
    { numRuns: 150 },
  )
})
