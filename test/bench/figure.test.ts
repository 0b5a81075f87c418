import { expect, test } from 'bun:test'
import { concurrently, median, percentile } from '../../bench/figure.ts'
import { FIGURES } from '../../bench/figures.ts'

test('the median is the middle one, whatever the order', () => {
  expect(median([9, 1, 5])).toBe(5)
  expect(() => median([])).toThrow('nothing was measured')
})

test('a percentile is a value that was measured', () => {
  const values = Array.from({ length: 200 }, (_, n) => 200 - n)
  expect(percentile(values, 50)).toBe(101)
  expect(percentile(values, 99)).toBe(199)
  expect(percentile([7], 99)).toBe(7)
})

test('so many workers do every piece of work once', async () => {
  const done: number[] = []
  let atWork = 0
  let most = 0
  await concurrently(4, 25, async (n) => {
    most = Math.max(most, ++atWork)
    await Promise.resolve()
    done.push(n)
    atWork -= 1
  })
  expect(done.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 25 }, (_, n) => n))
  expect(most).toBe(4)
})

test('every figure has a name of its own', () => {
  const names = FIGURES.map(({ name }) => name)
  expect(new Set(names).size).toBe(names.length)
})
