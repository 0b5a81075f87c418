import { expect, test } from 'bun:test'
import { cost, cpuOf, cpuOfRow, machineCpu, medianCost, ownCpu } from '../../bench/cost.ts'
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

const burn = (ms: number): void => {
  for (const until = ownCpu() + ms; ownCpu() < until; );
}

test('an operation costs the CPU that it used, and no time that it waited', async () => {
  let [now, used] = [1_000, 500]
  const work = async () => {
    now += 70
    used += 40
  }
  const measured = await cost(
    2,
    work,
    () => used,
    () => now,
  )
  expect(measured).toEqual({ perSecond: 2 / 0.07, cpuMs: 20 })
  expect(medianCost([measured, { perSecond: 1, cpuMs: 1 }, { perSecond: 1e9, cpuMs: 1e9 }])).toEqual(measured)
})

test('what this process burns is its own CPU', async () => {
  const { cpuMs } = await cost(2, async () => burn(40))
  expect(cpuMs).toBeGreaterThanOrEqual(20)
})

test.if(process.platform === 'linux')('what anybody burns is CPU of the machine', () => {
  const before = machineCpu()
  burn(100)
  const used = machineCpu() - before
  // Linux counts in ticks of 10 ms.
  expect(used).toBeGreaterThanOrEqual(80)
})

test('the CPU of another process is read where the system tells it, and left out of a row elsewhere', async () => {
  burn(20)
  const told = cpuOf(process.pid)
  if (process.platform === 'linux') expect(Math.abs(told - ownCpu())).toBeLessThan(500)
  expect(cpuOfRow({ cpuMs: cpuOf(-1) })).toEqual({})
  expect(cpuOfRow({ cpuMs: 1 })).toEqual({ cpuMs: 1 })
})
