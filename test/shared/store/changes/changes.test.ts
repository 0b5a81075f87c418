import { afterAll, describe, expect, test } from 'bun:test'
import { createEmbeddedChangeFeed } from '../../../../shared/store/changes/embedded.ts'
import { createRedisChangeFeed } from '../../../../shared/store/changes/redis.ts'
import { createRedisClient } from '../../../../shared/store/redis/client.ts'
import { installEngines } from '../../../engines/install.ts'
import { createRedisNode } from '../../../engines/redis.ts'
import { describeRedis, freePort, uniquePrefix } from '../../../support/engines.ts'
import { recordingLogger, silent } from '../../../support/silent.ts'
import { until } from '../../../support/until.ts'
import { change, changeFeedContract } from './contract.ts'

describe('the feed of one process', () => {
  changeFeedContract((replicas, logger) => {
    const feed = createEmbeddedChangeFeed({ logger })
    return { feeds: Array.from({ length: replicas }, () => feed), close: async () => {} }
  })
})

describeRedis('the feed over Redis', (url) => {
  changeFeedContract((replicas, logger) => {
    const prefix = uniquePrefix()
    const clients = Array.from({ length: replicas }, () =>
      createRedisClient({ url, connectionName: 'test', logger: silent }),
    )
    return {
      feeds: clients.map((redis) => createRedisChangeFeed({ redis, prefix, logger })),
      close: async () => void (await Promise.all(clients.map((client) => client.close()))),
    }
  })

  test('prefixes keep apart what shares a Redis', async () => {
    const redis = createRedisClient({ url, connectionName: 'test', logger: silent })
    const [ours, theirs] = [uniquePrefix(), uniquePrefix()].map((prefix) =>
      createRedisChangeFeed({ redis, prefix, logger: silent }),
    )
    const seen: string[] = []
    const end = ours?.subscribe({ changed: (changes) => seen.push(...changes.map((c) => c.batchId)), gap() {} })
    await until(
      () => {
        theirs?.publish([change('theirs')])
        ours?.publish([change('ours')])
        return seen.length > 3
      },
      { timeoutMs: 5_000, what: 'our changes to be heard' },
    )
    expect(new Set(seen)).toEqual(new Set(['ours']))
    await end?.()
    await redis.close()
  })

  describe('when Redis goes away and comes back', () => {
    const cleanups: (() => Promise<unknown>)[] = []
    afterAll(async () => {
      for (const cleanup of cleanups.reverse()) await cleanup()
    })

    test('the listener hears again, and is told of the gap only then', async () => {
      const node = await createRedisNode(await installEngines(() => {}))
      cleanups.push(() => node.dispose())
      await node.start()
      const redis = createRedisClient({ url: node.address, connectionName: 'test', logger: silent })
      cleanups.push(() => redis.close())
      const feed = createRedisChangeFeed({ redis, logger: silent })
      let heard = 0
      let gaps = 0
      cleanups.push(feed.subscribe({ changed: () => void heard++, gap: () => void gaps++ }))
      const hear = (what: string) => {
        const before = heard
        return until(
          () => {
            feed.publish([change('b')])
            return heard > before
          },
          { timeoutMs: 10_000, what },
        )
      }
      await hear('a first notice')
      expect(gaps).toBe(0)
      await node.kill()
      await node.start()
      await until(() => gaps === 1, { timeoutMs: 10_000, what: 'the gap to be told' })
      await hear('a notice after the gap')
      expect(gaps).toBe(1)
    }, 30_000)
  })
})

test('while Redis is away subscribing returns, publishing says so in the log, and both can be ended', async () => {
  const logger = recordingLogger()
  const redis = createRedisClient({
    url: `redis://127.0.0.1:${await freePort()}`,
    connectionName: 'test',
    logger: silent,
    commandTimeoutMs: 100,
  })
  const feed = createRedisChangeFeed({ redis, logger })
  const end = feed.subscribe({ changed() {}, gap() {} })
  feed.publish([change('b')])
  await until(() => logger.lines.some(({ level }) => level === 'warn'), { timeoutMs: 5_000, what: 'a warning' })
  await end()
  await redis.close()
})
