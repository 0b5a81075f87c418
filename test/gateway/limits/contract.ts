import { expect, test } from 'bun:test'
import type { RateLimitStore } from '../../../gateway/limits/port.ts'

/** What both limiters owe; `open` gives one on a clock of microseconds. */
export const limitContract = (open: (clock: () => number) => Promise<RateLimitStore>): void => {
  const limit = { perMinute: 60, burst: 5 }
  const START = 1_795_496_612_641_300

  test('a burst is admitted, then one call for each interval that has passed', async () => {
    let now = START
    const store = await open(() => now)
    const take = async () => (await store.take('ada', limit)).allowed
    expect(await Promise.all([1, 2, 3, 4, 5, 6].map(take))).toEqual([true, true, true, true, true, false])
    now += 1_000_000
    expect([await take(), await take()]).toEqual([true, false])
    now += 60_000_000
    expect(await Promise.all([1, 2, 3, 4, 5, 6].map(take))).toEqual([true, true, true, true, true, false])
  })

  test('a refused call costs nothing and says when to come again', async () => {
    let now = START
    const store = await open(() => now)
    for (let n = 0; n < 5; n++) await store.take('ada', limit)
    for (let n = 0; n < 50; n++)
      expect(await store.take('ada', limit)).toEqual({
        allowed: false,
        remaining: 0,
        retryAfterMs: 1_000,
        resetMs: 5_000,
      })
    now += 1_000_000
    expect((await store.take('ada', limit)).allowed).toBe(true)
  })

  test('what is left is told', async () => {
    const store = await open(() => START)
    const left = []
    for (let n = 0; n < 5; n++) left.push((await store.take('ada', limit)).remaining)
    expect(left).toEqual([4, 3, 2, 1, 0])
  })

  test('clients do not share, whatever their names hold', async () => {
    const store = await open(() => START)
    for (let n = 0; n < 5; n++) await store.take('{ada}', limit)
    expect((await store.take('{ada}', limit)).allowed).toBe(false)
    expect((await store.take('}x', limit)).allowed).toBe(true)
  })

  test('of many calls at once exactly the burst is admitted', async () => {
    const store = await open(() => START)
    const verdicts = await Promise.all(
      Array.from({ length: 500 }, () => store.take('ada', { perMinute: 60, burst: 37 })),
    )
    expect(verdicts.filter(({ allowed }) => allowed).length).toBe(37)
  })
}
