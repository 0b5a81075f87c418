import { expect, test } from 'bun:test'
import { redisWarnings } from '../../../../shared/store/redis/check.ts'

const warnings = (info: Readonly<Record<string, string>>) =>
  redisWarnings({ info: async () => new Map(Object.entries(info)) })

test('a Redis that keeps what it is given has no warning', async () => {
  expect(await warnings({ maxmemory_policy: 'noeviction', aof_enabled: '1' })).toEqual([])
})

test('one that may evict state, or loses it when it restarts, is told of', async () => {
  expect(await warnings({ maxmemory_policy: 'allkeys-lru', aof_enabled: '0' })).toEqual([
    expect.stringContaining('maxmemory-policy is allkeys-lru'),
    expect.stringContaining('appendonly is off'),
  ])
})

test('what the server does not tell is no warning', async () => {
  expect(await warnings({})).toEqual([])
})
