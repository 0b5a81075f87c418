import { afterAll, describe, expect, test } from 'bun:test'
import { createEmbeddedOwnedIndex } from '../../../conductor/owned/embedded.ts'
import { ownedOf } from '../../../conductor/owned/facts.ts'
import { createRedisOwnedIndex } from '../../../conductor/owned/redis.ts'
import { batchRegistered, essaySucceeded } from '../../../conductor/state/facts.ts'
import { batchId, essayId } from '../../../shared/ids.ts'
import type { RedisClient } from '../../../shared/store/redis/client.ts'
import { openDatabase } from '../../../shared/store/sqlite.ts'
import { describeRedis, uniquePrefix } from '../../support/engines.ts'
import { until } from '../../support/until.ts'
import { changeOf, eventOf, origin, redisForTests, registration } from '../state/support.ts'
import { ownedContract } from './contract.ts'

describe('owners in SQLite', () => {
  ownedContract(async () => createEmbeddedOwnedIndex(openDatabase(':memory:')))
})

describeRedis('owners in Redis', (url) => {
  const clients: RedisClient[] = []
  afterAll(() => Promise.all(clients.map((client) => client.close())))
  const open = async () => {
    const redis = redisForTests(url)
    clients.push(redis)
    return createRedisOwnedIndex({ redis, prefix: uniquePrefix() })
  }
  ownedContract(open)

  test('of two who would fill from the archive one gets it, the other once the claim is over, and who lost it fills nothing', async () => {
    const index = await open()
    const all = await index.claimUnfilled('one', 60_000)
    expect(await index.claimUnfilled('two', 60_000)).toEqual([])
    // Whoever has the claim may go on with it: here for a moment only.
    expect(await index.claimUnfilled('one', 1)).toEqual(all)
    await until(async () => (await index.claimUnfilled('two', 60_000)).length === all.length, {
      timeoutMs: 5_000,
      what: 'the claim',
    })
    await index.filled(all, 'one')
    expect(await index.claimUnfilled('two', 60_000)).toEqual(all)
    await index.filled(all, 'two')
    expect(await index.claimUnfilled('one', 60_000)).toEqual([])
  })

  test('thousands of batches of one owner in one fetch are all taken', async () => {
    const index = await open()
    const owner = { kind: 'user' as const, id: 'ada' }
    await index.add(Array.from({ length: 9_000 }, (_, n) => ({ owner, batchId: batchId(`b-${n}`), registeredAt: n })))
    expect(await index.count(owner)).toBe(9_000)
  })
})

test('a registration belongs to its user and its organisation, other facts to nobody', () => {
  const [b1, b2] = [batchId('b-1'), batchId('b-2')]
  const owned = ownedOf([
    changeOf(b1, eventOf([batchRegistered(registration(), [essayId('e')], origin(1))])),
    changeOf(b2, eventOf([batchRegistered(registration({ orgId: null }), [], origin(2))])),
    changeOf(b2, eventOf([essaySucceeded(essayId('e'), 'nlp', origin(3), null)])),
  ])
  const registeredAt = 1_770_106_530_623_000
  expect(owned).toEqual([
    { batchId: b1, registeredAt, owner: { kind: 'user', id: 'teacher-1' } },
    { batchId: b1, registeredAt, owner: { kind: 'org', id: 'school-1' } },
    { batchId: b2, registeredAt, owner: { kind: 'user', id: 'teacher-1' } },
  ])
})
