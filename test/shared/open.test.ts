import { expect, test } from 'bun:test'
import { z } from 'zod'
import { kafkaConfig, parseEnvironment, redisConfig } from '../../shared/config.ts'
import { createLifecycle } from '../../shared/lifecycle.ts'
import { openLog, openRedis } from '../../shared/open.ts'
import { freePort } from '../support/free-port.ts'
import { silent } from '../support/silent.ts'

test('what is opened is reached where the configuration says, and closed when the process stops', async () => {
  const environment = {
    KAFKA_BROKERS: `127.0.0.1:${await freePort()}`,
    REDIS_URL: `redis://127.0.0.1:${await freePort()}`,
  }
  const config = parseEnvironment(z.object({ ...kafkaConfig, ...redisConfig }), environment)
  const lifecycle = createLifecycle(silent)
  const names: string[] = []
  const watched = {
    onStop(name: string, undo: () => Promise<void> | void) {
      names.push(name)
      lifecycle.onStop(name, undo)
    },
  }
  const log = openLog({ config, name: 'test', logger: silent, lifecycle: watched })
  const redis = openRedis({ config, name: 'test', logger: silent, lifecycle: watched })
  expect(names).toEqual(['log', 'redis'])
  await expect(redis.ping()).rejects.toThrow()
  await lifecycle.stop()
  await expect(log.publish([{ topic: 't', key: null, value: '', headers: {} }], { timeoutMs: 50 })).rejects.toThrow()
}, 20_000)
