import { afterAll, expect, test } from 'bun:test'
import { batchRegistered, essaySucceeded, runBook } from '../../../conductor/state/facts.ts'
import { batchKeys } from '../../../conductor/state/keys.ts'
import { batchId, essayId } from '../../../shared/ids.ts'
import { describeRedis, uniquePrefix } from '../../support/engines.ts'
import { expiryContract } from './expiry-contract.ts'
import { bookOf, changeOf, embeddedStore, eventOf, origin, redisForTests, redisStore, registration } from './support.ts'

expiryContract('embedded', embeddedStore)

describeRedis('on Redis', (url) => {
  const redis = redisForTests(url)
  afterAll(() => redis.close())
  expiryContract('redis', () => redisStore(redis, uniquePrefix()))

  const ttl = redis.define({
    name: 'testExpireTimes',
    numberOfKeys: 5,
    lua: `local found = {}
      for i = 1, 5 do found[i] = redis.call('PEXPIRETIME', KEYS[i]) end
      return found`,
  })
  const B = batchId('}x')
  const prefix = uniquePrefix()
  const { meta, essays, ids, tally, book } = batchKeys(prefix, B)
  const expireTimes = () => ttl([meta, essays, ids, tally, book], [])
  const NEVER = [-1, -1, -1, -1, -1]

  test('all keys of a batch expire in the same millisecond, or none of them', async () => {
    const { store } = redisStore(redis, prefix)
    const facts = [batchRegistered(registration(), [essayId('e1')], origin(1)), runBook(bookOf(B, '5'))]
    const [applied] = await store.apply([changeOf(B, eventOf(facts))])
    expect(await expireTimes()).toEqual(NEVER)
    const before = Date.now()
    await store.settle(B, { revision: applied?.revision ?? '', archived: true, expiresMs: 3_600_000 })
    const times = (await expireTimes()) as readonly number[]
    expect(new Set(times).size).toBe(1)
    expect(Math.abs((times[0] ?? 0) - before - 3_600_000)).toBeLessThan(60_000)
    await store.apply([changeOf(B, eventOf([essaySucceeded(essayId('e1'), 'nlp', origin(2), null)]))])
    expect(await expireTimes()).toEqual(NEVER)
  })

  test('what was read of a batch that says nothing is not remembered for ever', async () => {
    const { store } = redisStore(redis, prefix)
    const other = batchKeys(prefix, batchId('empty'))
    await store.apply([changeOf(batchId('empty'), eventOf([], 7))])
    const [time] = (await ttl([other.meta, other.essays, other.ids, other.tally, other.book], [])) as readonly number[]
    expect(time).toBeGreaterThan(Date.now())
  })
})
