import { afterAll, expect, test } from 'bun:test'
import { RedisClient } from 'bun'
import { createRedisClient } from '../../../../shared/store/redis/client.ts'
import { describeRedis, uniquePrefix } from '../../../support/engines.ts'
import { recordingLogger } from '../../../support/silent.ts'
import { until } from '../../../support/until.ts'

describeRedis('a subscription', (url) => {
  const admin = new RedisClient(url)
  const user = uniquePrefix().replaceAll(/\W/g, '')
  afterAll(async () => {
    await admin.send('ACL', ['DELUSER', user])
    admin.close()
  })

  test('that is refused is asked for again until it stands', async () => {
    const channel = `${user}:changes`
    await admin.send('ACL', ['SETUSER', user, 'on', '>secret', '~*', '+@all', 'resetchannels'])
    const own = new URL(url)
    own.username = user
    own.password = 'secret'
    const logger = recordingLogger()
    const redis = createRedisClient({ url: own.href, connectionName: 'test', logger })
    const heard: string[] = []
    const end = redis.subscribe(channel, { message: (text) => void heard.push(text), gap() {} })
    try {
      await until(() => logger.lines.some(({ message }) => message === 'not subscribed'), {
        ...{ timeoutMs: 10_000, what: 'the refusal' },
      })
      await admin.send('ACL', ['SETUSER', user, 'allchannels'])
      await until(async () => Number(await admin.send('PUBLISH', [channel, 'news'])) > 0, {
        ...{ timeoutMs: 10_000, what: 'a listener' },
      })
      await until(() => heard.includes('news'), { timeoutMs: 10_000, what: 'the message' })
    } finally {
      await end()
      await redis.close()
    }
    expect(heard.every((text) => text === 'news')).toBe(true)
  })
})
