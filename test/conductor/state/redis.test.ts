import { afterAll, expect, test } from 'bun:test'
import { batchRegistered } from '../../../conductor/state/facts.ts'
import { batchId, essayId } from '../../../shared/ids.ts'
import { describeRedis, uniquePrefix } from '../../support/engines.ts'
import { batchStoreContract } from './contract.ts'
import { changeOf, eventOf, origin, redisForTests, redisStore, registration } from './support.ts'

describeRedis('on Redis', (url) => {
  const redis = redisForTests(url)
  afterAll(() => redis.close())

  batchStoreContract('redis', () => redisStore(redis, uniquePrefix()))

  test("without a clock of its own the store goes by Redis's", async () => {
    const { createRedisBatchStore } = await import('../../../conductor/state/redis.ts')
    const store = createRedisBatchStore({ redis, prefix: uniquePrefix(), group: 'facts' })
    const change = changeOf(batchId('b'), eventOf([batchRegistered(registration(), [essayId('e')], origin(1))]))
    const [applied] = await store.apply([change])
    expect(applied?.revision).toMatch(/^\d{16}$/)
    expect(Math.abs(Number(applied?.revision) / 1_000 - Date.now())).toBeLessThan(60_000)
  })
})
