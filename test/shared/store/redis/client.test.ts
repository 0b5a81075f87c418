import { afterAll, describe, expect, test } from 'bun:test'
import { RedisClient } from 'bun'
import { PassingError } from '../../../../shared/errors.ts'
import { createRedisClient } from '../../../../shared/store/redis/client.ts'
import { describeRedis, freePort, uniquePrefix } from '../../../support/engines.ts'
import { recordingLogger, silent } from '../../../support/silent.ts'

describeRedis('the Redis client', (url) => {
  const redis = createRedisClient({ url, connectionName: 'client-test', logger: silent })
  afterAll(() => redis.close())
  const define = (name: string, lua: string) => redis.define({ name, numberOfKeys: 1, lua })

  test('runs a script with its keys and arguments', async () => {
    const count = define('testCount', `return redis.call('INCRBY', KEYS[1], ARGV[1])`)
    const key = `${uniquePrefix()}count`
    expect(await Promise.all([count([key], [2]), count([key], ['3'])])).toEqual([2, 5])
  })

  test('runs scripts that the server has forgotten', async () => {
    const one = define('testForgotten', `return redis.call('INCR', KEYS[1])`)
    const many = redis.define({ name: 'testForgottenMany', numberOfKeys: 'many', lua: 'return #KEYS' })
    const calls = () => Promise.all([one([key], []), many(['a', 'b'], []), one([key], [])])
    const key = `${uniquePrefix()}forgotten`
    expect(await calls()).toEqual([1, 2, 2])
    const server = new RedisClient(url)
    await server.send('SCRIPT', ['FLUSH'])
    server.close()
    expect(await calls()).toEqual([3, 2, 4])
  })

  test('refuses a call with another number of keys before it reaches the server', async () => {
    const one = define('testOneKey', 'return 1')
    await expect(one(['a', 'b'], [])).rejects.toThrow('testOneKey takes 1 keys, got 2')
  })

  test('a script that fails is a bug, not a passing failure', async () => {
    const broken = define('testBroken', 'return nothing.at_all')
    const failure = await broken(['a'], []).then(
      () => undefined,
      (thrown: unknown) => thrown,
    )
    expect(failure).toBeInstanceOf(Error)
    expect(failure).not.toBeInstanceOf(PassingError)
  })

  test('tells how long each script took, by its name, also of one that failed', async () => {
    const took: (readonly [string, number])[] = []
    let now = 0
    const timed = createRedisClient({
      ...{ url, connectionName: 'client-test', logger: silent },
      scripts: (script) => (seconds) => void took.push([script, seconds]),
      // Every look at the clock finds it a quarter of a second further on.
      clock: () => {
        now += 250
        return now
      },
    })
    const call = (name: string, lua: string) => timed.define({ name, numberOfKeys: 1, lua })(['a'], [])
    await call('testTimed', 'return 1')
    await call('testTimedBroken', 'return nothing.at_all').catch(() => {})
    expect(took).toEqual([
      ['testTimed', 0.25],
      ['testTimedBroken', 0.25],
    ])
    await timed.close()
  })

  test('tells what the server says of itself', async () => {
    await redis.ping()
    const info = await redis.info()
    expect([info.get('maxmemory_policy'), info.get('redis_mode')]).toEqual(['noeviction', 'standalone'])
  })
})

describe('a Redis that is not there', () => {
  const cases = [
    ['single', (port: number) => `redis://127.0.0.1:${port}`],
    ['Cluster', (port: number) => `redis://127.0.0.1:${port},redis://127.0.0.1:${port}`],
  ] as const

  test.each(cases)(
    'is a passing failure of every call (%s)',
    async (_, urlOf) => {
      const logger = recordingLogger()
      const redis = createRedisClient({
        url: urlOf(await freePort()),
        connectionName: 'client-test',
        logger,
        commandTimeoutMs: 200,
      })
      const run = redis.define({ name: 'testAway', numberOfKeys: 1, lua: 'return 1' })
      for (const call of [() => run(['a'], []), () => redis.ping(), () => redis.info()])
        await expect(call()).rejects.toThrow(PassingError)
      await redis.close()
      expect(logger.lines.some(({ message }) => message === 'redis connection')).toBe(true)
    },
    10_000,
  )
})
