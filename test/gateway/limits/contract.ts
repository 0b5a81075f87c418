import { expect, test } from 'bun:test'
import type { Limit, RateLimitStore, Verdict } from '../../../gateway/limits/port.ts'

/** One call of one client that shares nothing. */
export const take = async (store: RateLimitStore, key: string, limit: Limit): Promise<Verdict> => {
  const [verdict] = await store.take([{ key, limit }])
  if (!verdict) throw new Error('no verdict')
  return verdict
}

/** What both limiters owe; `open` gives one on a clock of microseconds. */
export const limitContract = (open: (clock: () => number) => Promise<RateLimitStore>): void => {
  // On a Redis a budget goes by its own clock once all of it is back: so much time no test takes.
  const limit = { perMinute: 1, burst: 5 }
  const START = 1_795_496_612_641_300

  test('a burst is admitted, then one call for each interval that has passed', async () => {
    let now = START
    const store = await open(() => now)
    const call = async () => (await take(store, 'ada', limit)).allowed
    expect(await Promise.all([1, 2, 3, 4, 5, 6].map(call))).toEqual([true, true, true, true, true, false])
    now += 60_000_000
    expect([await call(), await call()]).toEqual([true, false])
    now += 600_000_000
    expect(await Promise.all([1, 2, 3, 4, 5, 6].map(call))).toEqual([true, true, true, true, true, false])
  })

  test('a refused call costs nothing and says when to come again', async () => {
    let now = START
    const store = await open(() => now)
    for (let n = 0; n < 5; n++) await take(store, 'ada', limit)
    for (let n = 0; n < 50; n++)
      expect(await take(store, 'ada', limit)).toEqual({
        allowed: false,
        remaining: 0,
        retryAfterMs: 60_000,
        resetMs: 300_000,
      })
    now += 60_000_000
    expect((await take(store, 'ada', limit)).allowed).toBe(true)
  })

  test('a rate beyond one call a microsecond is one call a microsecond', async () => {
    const store = await open(() => START)
    const verdict = await take(store, 'ada', { perMinute: 1_000_000_000, burst: 5 })
    expect(verdict).toMatchObject({ allowed: true, remaining: 4 })
  })

  test('what is left is told', async () => {
    const store = await open(() => START)
    const left = []
    for (let n = 0; n < 5; n++) left.push((await take(store, 'ada', limit)).remaining)
    expect(left).toEqual([4, 3, 2, 1, 0])
  })

  test('clients do not share, whatever their names hold', async () => {
    const store = await open(() => START)
    for (let n = 0; n < 5; n++) await take(store, '{ada}', limit)
    expect((await take(store, '{ada}', limit)).allowed).toBe(false)
    expect((await take(store, '}x', limit)).allowed).toBe(true)
  })

  test('of many calls at once exactly the burst is admitted', async () => {
    const store = await open(() => START)
    const verdicts = await Promise.all(
      Array.from({ length: 500 }, () => take(store, 'ada', { perMinute: 1, burst: 37 })),
    )
    expect(verdicts.filter(({ allowed }) => allowed).length).toBe(37)
  })

  test('a call is taken out of both budgets or out of none', async () => {
    const store = await open(() => START)
    const school = { key: 'school', limit: { perMinute: 1, burst: 3 } }
    const by = async (key: string) => {
      const verdicts = await store.take([{ key, limit: { perMinute: 1, burst: 2 } }, school])
      return verdicts.map(({ allowed, remaining }) => [allowed, remaining] as const)
    }
    expect(await by('ada')).toEqual([
      [true, 1],
      [true, 2],
    ])
    expect(await by('ada')).toEqual([
      [true, 0],
      [true, 1],
    ])
    // Ada's own budget refuses, and the school's is left as it was.
    for (let n = 0; n < 5; n++)
      expect(await by('ada')).toEqual([
        [false, 0],
        [true, 1],
      ])
    expect((await by('bo'))[1]).toEqual([true, 0])
    // The school's refuses, and Bo's own is left as it was.
    for (let n = 0; n < 5; n++)
      expect(await by('bo')).toEqual([
        [true, 1],
        [false, 0],
      ])
  })

  test('of 2,000 calls at once by many clients of one organisation exactly its burst is admitted', async () => {
    const store = await open(() => START)
    const limit = { perMinute: 1, burst: 90 }
    const calls = Array.from({ length: 2_000 }, (_, n) =>
      store.take([
        { key: `client-${n % 20}`, limit },
        { key: 'school', limit },
      ]),
    )
    const admitted = (await Promise.all(calls)).filter((verdicts) => verdicts.every(({ allowed }) => allowed))
    expect(admitted.length).toBe(90)
  })
}
