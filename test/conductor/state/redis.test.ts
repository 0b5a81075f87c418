import { afterAll, expect, test } from 'bun:test'
import { batchRegistered, essayFailed, essaySucceeded, type Fact } from '../../../conductor/state/facts.ts'
import { batchKeys } from '../../../conductor/state/keys.ts'
import { EssayRecord } from '../../../conductor/state/model/record.ts'
import { bucketOf } from '../../../shared/buckets.ts'
import { PassingError } from '../../../shared/errors.ts'
import { batchId, essayId } from '../../../shared/ids.ts'
import { markerKey, writesField } from '../../../shared/store/marker/key.ts'
import { createWriteCounts } from '../../../shared/store/marker/write-counts.ts'
import { describeRedis, uniquePrefix } from '../../support/engines.ts'
import { batchStoreContract } from './contract.ts'
import { changeOf, eventOf, GROUP, origin, redisForTests, redisStore, registration } from './support.ts'

describeRedis('on Redis', (url) => {
  const redis = redisForTests(url)
  afterAll(() => redis.close())

  batchStoreContract('redis', () => redisStore(redis, uniquePrefix()))

  test('where writes that were acknowledged are missing nothing more is written, until they are applied again', async () => {
    const prefix = uniquePrefix()
    const { store } = redisStore(redis, prefix)
    const [id, essay] = [batchId('b'), essayId('e')]
    const counted = { field: `${GROUP}|t|0`, writes: createWriteCounts() }
    const apply = (...facts: readonly Fact[]) => store.apply([changeOf(id, eventOf(facts))], [counted])
    await apply(batchRegistered(registration(), [essay], origin(1)))
    await apply(essaySucceeded(essay, 'nlp', origin(2), null))
    expect(counted.writes.acknowledged(counted.field, bucketOf(id))).toBe(2)

    const lose = redis.define({
      name: 'testLose',
      numberOfKeys: 1,
      lua: `return redis.call('HINCRBY', KEYS[1], ARGV[1], -1)`,
    })
    await lose([markerKey(prefix, bucketOf(id))], [writesField(counted.field)])
    for (const _ of [1, 2, 3])
      await expect(apply(essaySucceeded(essay, 'spellcheck', origin(3), null))).rejects.toThrow(PassingError)
    expect((await store.read(id, { essays: 1 })).essays[0]?.phases.has('spellcheck')).toBe(false)

    counted.writes.forget(counted.field)
    await apply(essaySucceeded(essay, 'spellcheck', origin(3), null))
    expect((await store.read(id, { essays: 1 })).essays[0]?.phases.has('spellcheck')).toBe(true)
  })

  test('a write that concerns several partitions is counted for each of them', async () => {
    const { store } = redisStore(redis, uniquePrefix())
    const writes = createWriteCounts()
    const fields = [`${GROUP}|t|0`, `${GROUP}|t|1`]
    const id = batchId('b')
    await store.apply([changeOf(id, eventOf([]))], [{ field: fields[1] ?? '', writes }])
    await store.apply(
      [changeOf(id, eventOf([]))],
      fields.map((field) => ({ field, writes })),
    )
    expect(fields.map((field) => writes.acknowledged(field, bucketOf(id)))).toEqual([1, 2])
  })

  test.each([
    ['with its signature before', (r: string, s: string) => `{"s":"${s}","r":${r}}`],
    ['with its signature behind', (r: string, s: string) => `{"r":${r},"s":"${s}"}`],
  ])('a record %s the registers is read and merged alike', async (_, recordOf) => {
    const prefix = uniquePrefix()
    const { store } = redisStore(redis, prefix)
    const [id, essay] = [batchId('b'), essayId('e')]
    const apply = (...facts: readonly Fact[]) => store.apply([changeOf(id, eventOf(facts))])
    await apply(batchRegistered(registration(), [essay], origin(1)), essaySucceeded(essay, 'nlp', origin(2), null))

    const stored = redis.define({
      name: 'testStored',
      numberOfKeys: 1,
      lua: `if ARGV[2] then redis.call('HSET', KEYS[1], ARGV[1], ARGV[2]) end return redis.call('HGET', KEYS[1], ARGV[1])`,
    })
    const { essays } = batchKeys(prefix, id)
    const record = EssayRecord.parse(JSON.parse(String(await stored([essays], [essay]))))
    const text = 'a \\ "},"s":"x" in it'
    const registers = { ...record.r, text: ['2|0000000000000001|', text] }
    await stored([essays], [essay, recordOf(JSON.stringify(registers), record.s ?? '')])

    await apply(essayFailed(essay, 'spellcheck', origin(3), { errorCode: text }))
    const [read] = (await store.read(id, { essays: 1 })).essays
    expect(read).toMatchObject({ text, signature: 'nlp+,spellcheck~' })
    expect(read?.phases.get('spellcheck')?.errorCode).toBe(text)
    await apply(essaySucceeded(essay, 'spellcheck', origin(4), 'newer'))
    const { essays: after, tally } = await store.read(id, { essays: 1 })
    expect(after[0]).toMatchObject({ text: 'newer', signature: 'nlp+,spellcheck+' })
    expect(tally.map(({ count }) => count)).toEqual([1])
  })

  test("without a clock of its own the store goes by Redis's", async () => {
    const { createRedisBatchStore } = await import('../../../conductor/state/redis.ts')
    const store = createRedisBatchStore({ redis, prefix: uniquePrefix(), group: 'facts' })
    const change = changeOf(batchId('b'), eventOf([batchRegistered(registration(), [essayId('e')], origin(1))]))
    const [applied] = await store.apply([change])
    expect(applied?.revision).toMatch(/^\d{16}$/)
    expect(Math.abs(Number(applied?.revision) / 1_000 - Date.now())).toBeLessThan(60_000)
  })
})
