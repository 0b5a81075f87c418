import { expect, test } from 'bun:test'
import { gathered } from '../../shared/gathered.ts'

const counting = (options: Partial<Parameters<typeof gathered<string, string>>[0]> = {}) => {
  const calls: (readonly string[])[] = []
  const work = async (items: readonly string[]) => {
    calls.push(items)
    return items.map((item) => item.toUpperCase())
  }
  return { calls, call: gathered<string, string>({ work, atMost: 10, ...options }) }
}

test('calls of one turn go together, and each gets its own answer', async () => {
  const { calls, call } = counting()
  expect(await Promise.all(['a', 'b', 'c'].map(call))).toEqual(['A', 'B', 'C'])
  expect(await call('d')).toBe('D')
  expect(calls).toEqual([['a', 'b', 'c'], ['d']])
})

test('only those of one group go together, and no more than may', async () => {
  const { calls, call } = counting({ groupOf: (item) => item.slice(0, 1), atMost: 2 })
  await Promise.all(['a1', 'b1', 'a2', 'a3'].map(call))
  expect(calls).toEqual([['a1', 'a2'], ['a3'], ['b1']])
})

test('a failure is that of each who went with it, and of nobody else', async () => {
  const work = async (items: readonly string[]) => {
    if (items.includes('bad')) throw new Error('no')
    return items
  }
  const call = gathered<string, string>({ work, groupOf: (item) => item.length, atMost: 10 })
  const results = await Promise.allSettled([call('bad'), call('two'), call('x')])
  expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'fulfilled'])
})

test('work that answers fewer than it was asked fails them all: nobody waits for ever', async () => {
  const { call } = counting({ work: async () => ['A'] })
  const results = await Promise.allSettled([call('a'), call('b')])
  expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
})
