import { afterAll, describe, expect, test } from 'bun:test'
import type { Letter } from '../../../conductor/dead-letters/port.ts'
import { placeOf } from '../../../conductor/dead-letters/port.ts'
import { deadLetterKeys } from '../../../conductor/state/keys.ts'
import { bucketOf } from '../../../shared/buckets.ts'
import { createWriteCounts } from '../../../shared/store/marker/write-counts.ts'
import { describeRedis, uniquePrefix } from '../../support/engines.ts'
import { redisForTests } from '../state/support.ts'
import { AT, decision, embeddedLetters, letter, RETENTION_MS, redisLetters, type TestLetters } from './support.ts'

const errors = (letters: readonly Letter[]) => letters.map(({ head }) => head.error)

/** Behaviour that both stores owe to the search and the desk. */
const contract = (create: () => TestLetters): void => {
  test('what was recorded is read back as it was, and only under its topic', async () => {
    const { store } = create()
    const one = letter(1, { error: '"quoted" åäö', batchId: '}x' })
    await store.record('t', [one])
    expect(await store.read('t', one.head.id)).toEqual({ ...one, decision: null })
    expect(await store.read('other', one.head.id)).toBeUndefined()
    expect(await store.read('t', 'nobody')).toBeUndefined()
  })

  test('a repeat of a letter changes nothing', async () => {
    const { store } = create()
    const one = letter(1)
    await store.record('t', [one])
    await store.record('t', [{ head: { ...one.head, error: 'again', at: AT + 99 }, body: '{}' }, letter(2)])
    expect(errors(await store.page('t', { before: null, count: 10 }))).toEqual(['letter 2', 'letter 1'])
    expect((await store.read('t', one.head.id))?.body).toBe(one.body)
  })

  test('pages are newest first and meet without a gap, also where times are equal', async () => {
    const { store } = create()
    const letters = Array.from({ length: 250 }, (_, n) => letter(n, { at: AT + Math.floor(n / 50) }))
    await store.record('t', letters)
    await store.record('other', [letter(1_000, { topic: 'other' })])
    const seen: Letter[] = []
    for (let before: string | null = null; ; ) {
      const page = await store.page('t', { before, count: 30 })
      seen.push(...page)
      const last = page.at(-1)
      if (!last) break
      before = placeOf(last.head)
    }
    const expected = letters.map(({ head }) => head).sort((a, b) => (placeOf(a) < placeOf(b) ? 1 : -1))
    expect(seen.map(({ head }) => head)).toEqual(expected)
  })

  test('a decision is kept, also when it comes before its letter', async () => {
    const { store } = create()
    const { head, body } = letter(1)
    await store.decide('t', head.id, decision())
    expect(await store.read('t', head.id)).toBeUndefined()
    await store.record('t', [{ head, body }])
    expect((await store.read('t', head.id))?.decision).toEqual(decision())
    expect(await store.page('t', { before: null, count: 1 })).toEqual([{ head, decision: decision() }])
  })

  test('a redrive outranks parking in either order; among equals the later one stands', async () => {
    const redriven = decision({ verdict: 'redriven', decidedAt: AT - 5 })
    const later = decision({ decidedAt: AT + 5, userId: 'bo' })
    for (const order of [
      [redriven, decision(), later],
      [later, decision(), redriven],
    ]) {
      const { store } = create()
      const one = letter(1)
      await store.record('t', [one])
      await store.decide('t', one.head.id, decision())
      await store.decide('t', one.head.id, later)
      expect((await store.read('t', one.head.id))?.decision).toEqual(later)
      for (const each of order) await store.decide('t', one.head.id, each)
      expect((await store.read('t', one.head.id))?.decision).toEqual(redriven)
    }
  })

  test('what is older than retention goes when something new comes', async () => {
    const { store, clock } = create()
    const old = letter(1)
    await store.record('t', [old])
    await store.decide('t', old.head.id, decision())
    clock.now = AT + RETENTION_MS + 2
    await store.record('t', [letter(2, { at: clock.now })])
    expect(errors(await store.page('t', { before: null, count: 10 }))).toEqual(['letter 2'])
    expect(await store.read('t', old.head.id)).toBeUndefined()
  })
}

describe('dead letters embedded', () => {
  contract(embeddedLetters)

  test('nothing is read while the index does not hold all that is applied', async () => {
    const { store } = embeddedLetters({ isComplete: async () => false })
    await store.record('t', [letter(1)])
    await expect(store.page('t', { before: null, count: 1 })).rejects.toThrow('catching up')
    await expect(store.read('t', letter(1).head.id)).rejects.toThrow('catching up')
  })
})

describeRedis('dead letters on Redis', (url) => {
  const redis = redisForTests(url)
  afterAll(() => redis.close())
  contract(() => redisLetters(redis, uniquePrefix()))

  test('nothing is read while the index does not hold all that is applied', async () => {
    const prefix = uniquePrefix()
    const { store } = redisLetters(redis, prefix)
    await store.record('t', [letter(1)])
    const forget = redis.define({ name: 'testForget', numberOfKeys: 1, lua: `return redis.call('DEL', KEYS[1])` })
    await forget([deadLetterKeys(prefix, 't').marker], [])
    await expect(store.page('t', { before: null, count: 1 })).rejects.toThrow('catching up')
    await expect(store.read('t', letter(1).head.id)).rejects.toThrow('catching up')
  })

  test('a write is refused where writes that were acknowledged are missing, and nothing of it stands', async () => {
    const { store } = redisLetters(redis, uniquePrefix())
    const counted = { field: 'g|t.DLQ|0', writes: createWriteCounts() }
    const [one, two] = [letter(1), letter(2)]
    await store.record('t', [one], counted)
    await store.decide('t', one.head.id, decision(), counted)
    const bucket = bucketOf('t')
    expect(counted.writes.acknowledged(counted.field, bucket)).toBe(2)
    counted.writes.acknowledge(counted.field, bucket, 3)
    await expect(store.record('t', [two], counted)).rejects.toThrow('lost')
    await expect(store.decide('t', two.head.id, decision(), counted)).rejects.toThrow('lost')
    expect(await store.read('t', two.head.id)).toBeUndefined()
    counted.writes.forget(counted.field)
    await store.record('t', [two], counted)
    expect((await store.read('t', two.head.id))?.decision).toBeNull()
  })
})
