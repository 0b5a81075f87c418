import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { shareReads } from '../../gateway/shared-reads.ts'
import { until } from '../support/until.ts'

/** A service that answers when it is told to, and what it was asked. */
const service = () => {
  const calls: {
    readonly id: string
    readonly correlationId: string
    readonly settle: PromiseWithResolvers<number>
  }[] = []
  const read = shareReads((id, correlationId) => {
    const settle = Promise.withResolvers<number>()
    calls.push({ id, correlationId, settle })
    return settle.promise
  })
  return { calls, read }
}

test('who comes while a read is under way shares the next one, which goes under the id of the first of them', async () => {
  const { calls, read } = service()
  const first = read('b-1', 'c-1')
  const others = [read('b-1', 'c-2'), read('b-1', 'c-3'), read('b-1', 'c-4')]
  calls[0]?.settle.resolve(1)
  expect(await first).toBe(1)
  await until(() => calls.length === 2, { timeoutMs: 5_000, what: 'the second read', intervalMs: 1 })
  calls[1]?.settle.resolve(2)
  expect(await Promise.all(others)).toEqual([2, 2, 2])
  expect(calls.map(({ correlationId }) => correlationId)).toEqual(['c-1', 'c-2'])
})

test('batches do not wait for each other, and a read alone is a read of its own', async () => {
  const { calls, read } = service()
  const both = [read('b-1', 'c-1'), read('b-2', 'c-2')]
  for (const { settle } of calls) settle.resolve(1)
  await Promise.all(both)
  const again = read('b-1', 'c-3')
  calls[2]?.settle.resolve(2)
  expect(await again).toBe(2)
  expect(calls).toHaveLength(3)
})

test('a failure is told to those who shared the read, and to nobody after them', async () => {
  const { calls, read } = service()
  const first = read('b-1', 'c-1')
  const second = read('b-1', 'c-2')
  calls[0]?.settle.reject(new Error('away'))
  const told = expect(first).rejects.toThrow('away')
  await told
  await until(() => calls.length === 2, { timeoutMs: 5_000, what: 'the second read', intervalMs: 1 })
  calls[1]?.settle.resolve(2)
  expect(await second).toBe(2)
})

test('nobody is answered by a read that began before they came', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 60 }), async (pauses) => {
      let written = 0
      const read = shareReads(async () => {
        const seen = written
        await Promise.resolve()
        return seen
      })
      const answers: Promise<boolean>[] = []
      for (const pause of pauses) {
        written += 1
        const mine = written
        answers.push(read('b-1', 'c').then((seen) => seen >= mine))
        for (let n = 0; n < pause; n++) await Promise.resolve()
      }
      expect(await Promise.all(answers)).toEqual(answers.map(() => true))
    }),
  )
})
