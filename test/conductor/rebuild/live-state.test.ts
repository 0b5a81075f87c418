import { afterEach, expect, test } from 'bun:test'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { liveState } from '../../../conductor/rebuild/live-state.ts'
import { Brokers, kafkaConfig, parseEnvironment, RedisUrl, redisConfig } from '../../../shared/config.ts'
import { PassingError } from '../../../shared/errors.ts'
import { batchId } from '../../../shared/ids.ts'
import { createLifecycle } from '../../../shared/lifecycle.ts'
import { freePort } from '../../support/free-port.ts'
import { silent } from '../../support/silent.ts'

const Config = z.object({
  ...kafkaConfig,
  ...redisConfig,
  KAFKA_BROKERS: Brokers.optional(),
  REDIS_URL: RedisUrl.optional(),
  DATA_DIR: z.string(),
})
const cleanUps: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp()
})

const open = async (environment: Readonly<Record<string, string>> = {}) => {
  const folder = await mkdtemp(join(tmpdir(), 'baton-live-'))
  const lifecycle = createLifecycle(silent)
  cleanUps.push(
    () => rm(folder, { recursive: true }),
    () => lifecycle.stop(),
  )
  const config = parseEnvironment(Config, { DATA_DIR: folder, ...environment })
  return liveState({ config, logger: silent, lifecycle })
}

test('without engines it is the files of the embedded way, which may be empty', async () => {
  const { store, catalog } = await open()
  // Nothing has ever been projected into them: that is no state to compare with.
  await expect(store.read(batchId('b-1'), {})).rejects.toThrow(PassingError)
  expect(catalog.phases.size).toBeGreaterThan(0)
})

test('with both engines named it is those, not the files', async () => {
  const { store } = await open({
    KAFKA_BROKERS: `127.0.0.1:${await freePort()}`,
    REDIS_URL: `redis://127.0.0.1:${await freePort()}`,
  })
  await expect(store.read(batchId('b-1'), {})).rejects.toThrow(PassingError)
}, 20_000)

test('one engine without the other is refused: it would compare the log of one with the state of another', async () => {
  await expect(open({ KAFKA_BROKERS: 'localhost:9092' })).rejects.toThrow('belong together')
  await expect(open({ REDIS_URL: 'redis://localhost' })).rejects.toThrow('belong together')
})
