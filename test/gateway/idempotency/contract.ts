import { expect, test } from 'bun:test'
import type { Claim, IdempotencyStore, KeptAnswer } from '../../../gateway/idempotency/port.ts'

const START = 1_795_496_612_641_301
const answer: KeptAnswer = { status: 202, headers: { location: '/v1/batches/b-1/status' }, body: '{"å":1}' }
const claim = (owner: string, more: Partial<Claim> = {}): Claim => ({
  fingerprint: 'payload',
  correlationId: `of-${owner}`,
  owner,
  leaseMs: 30_000,
  ...more,
})

/** What both stores of idempotency keys owe; `open` gives one on a clock of microseconds. */
export const idempotencyContract = (open: (clock: () => number) => Promise<IdempotencyStore>): void => {
  const opened = async () => {
    const clock = { now: START }
    return { clock, store: await open(() => clock.now) }
  }

  test('of many calls with one key exactly one is reserved, the others are told to come again', async () => {
    const { store } = await opened()
    const calls = Array.from({ length: 50 }, (_, n) => store.reserve('k', claim(`caller-${n}`)))
    const states = (await Promise.all(calls)).map(({ state }) => state)
    expect(states.filter((state) => state === 'reserved').length).toBe(1)
    expect(states.filter((state) => state === 'running').length).toBe(49)
  })

  test('once answered, the same payload gets the answer and another one is a mismatch', async () => {
    const { store } = await opened()
    expect(await store.reserve('k', claim('a'))).toEqual({ state: 'reserved', correlationId: 'of-a' })
    expect(await store.complete('k', 'a', answer)).toBe(true)
    expect(await store.reserve('k', claim('b'))).toEqual({ state: 'answered', correlationId: 'of-a', answer })
    expect(await store.reserve('k', claim('b', { fingerprint: 'other' }))).toEqual({ state: 'mismatch' })
    expect((await store.reserve('another', claim('b'))).state).toBe('reserved')
  })

  test('another payload is a mismatch while the first call is still running, and after it died', async () => {
    const { store, clock } = await opened()
    await store.reserve('k', claim('a'))
    expect(await store.reserve('k', claim('b', { fingerprint: 'other' }))).toEqual({ state: 'mismatch' })
    clock.now += 31_000_000
    expect(await store.reserve('k', claim('b', { fingerprint: 'other' }))).toEqual({ state: 'mismatch' })
  })

  test('a lease whose holder died is taken over when it ends, under the first correlation id; the old holder can answer no more', async () => {
    const { store, clock } = await opened()
    await store.reserve('k', claim('a'))
    clock.now += 29_000_000
    expect(await store.reserve('k', claim('b'))).toEqual({ state: 'running', retryAfterMs: 1_000 })
    clock.now += 1_000_000
    expect(await store.reserve('k', claim('b'))).toEqual({ state: 'reserved', correlationId: 'of-a' })
    expect((await store.reserve('k', claim('c'))).state).toBe('running')
    expect(await store.complete('k', 'a', { ...answer, status: 500 })).toBe(false)
    await store.release('k', 'a')
    expect((await store.reserve('k', claim('c'))).state).toBe('running')
    expect(await store.complete('k', 'b', answer)).toBe(true)
    expect(await store.reserve('k', claim('c'))).toEqual({ state: 'answered', correlationId: 'of-a', answer })
  })

  test('a key that was given back can be reserved at once, under the first correlation id', async () => {
    const { store } = await opened()
    await store.reserve('k', claim('a'))
    await store.release('k', 'a')
    expect(await store.reserve('k', claim('b', { fingerprint: 'other' }))).toEqual({ state: 'mismatch' })
    expect(await store.reserve('k', claim('b'))).toEqual({ state: 'reserved', correlationId: 'of-a' })
  })
}
