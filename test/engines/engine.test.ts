import { expect, test } from 'bun:test'
import { existsSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { RedisClient } from 'bun'
import { until } from '../support/until.ts'
import { createEngine, type EngineSpec } from './engine.ts'
import { createRedisNode } from './redis.ts'

const shellEngine = async (script: string, rest: Partial<EngineSpec> = {}) => {
  const folder = rest.folder ?? (await mkdtemp(join(tmpdir(), 'baton-engine-test-')))
  const command = ['sh', '-c', script]
  const spec = { name: 'toy', address: 'here', command, folder, readyTimeoutMs: 5_000, ready: async () => {} }
  return { engine: createEngine({ ...spec, ...rest }), folder }
}

const never = async () => {
  throw new Error('connection refused')
}

test('an engine that ends at its start is an error with its last log lines', async () => {
  const { engine } = await shellEngine('echo no space left; exit 3', { ready: never })
  await expect(engine.start()).rejects.toThrow(/toy at here ended with exit code 3[\s\S]*no space left/)
  await engine.dispose()
})

test('an engine that never answers is an error in bounded time, and does not stay behind', async () => {
  const { engine, folder } = await shellEngine('echo $$ > pid; echo thinking; exec sleep 60', {
    ready: never,
    readyTimeoutMs: 2_000,
  })
  await expect(engine.start()).rejects.toThrow(/did not answer within 2000 ms[\s\S]*thinking/)
  const pid = Number(await Bun.file(join(folder, 'pid')).text())
  expect(() => process.kill(pid, 0)).toThrow('ESRCH')
  await engine.dispose()
})

test('an engine that is started twice says so', async () => {
  const { engine } = await shellEngine('exec sleep 60')
  await engine.start()
  await expect(engine.start()).rejects.toThrow('runs already')
  await engine.dispose()
})

test('an engine that was killed starts again over the same data', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'baton-engine-test-'))
  const pids = async () => (await Bun.file(join(folder, 'starts')).text()).trim().split('\n')
  let expected = 1
  const { engine } = await shellEngine('echo $$ >> starts; exec sleep 60', {
    folder,
    ready: async () => expect(await pids()).toHaveLength(expected),
  })
  await engine.start()
  await engine.kill()
  expected = 2
  await engine.start()
  expect(new Set(await pids()).size).toBe(2)
  await engine.dispose()
})

test('what is disposed of leaves no data', async () => {
  const { engine, folder } = await shellEngine('exec sleep 60')
  await engine.start()
  await engine.dispose()
  expect(existsSync(folder)).toBe(false)
})

const redisServer = Bun.which('redis-server') ?? ''

test.skipIf(redisServer === '')(
  'Redis keeps what it acknowledged over kill -9 and over a stop (needs redis-server)',
  async () => {
    const redis = await createRedisNode({ redisServer })
    const command = async (name: string, ...args: string[]): Promise<unknown> => {
      const client = new RedisClient(redis.address, { autoReconnect: false })
      return client.send(name, args).finally(() => client.close())
    }
    try {
      await redis.start()
      await command('SET', 'kept', 'before the crash')
      await redis.kill()
      await expect(command('PING')).rejects.toThrow()
      await redis.start()
      expect(await command('GET', 'kept')).toBe('before the crash')
      await redis.stop()
      await expect(command('PING')).rejects.toThrow()
      await redis.start()
      expect(await command('GET', 'kept')).toBe('before the crash')
      expect(await command('CONFIG', 'GET', 'maxmemory-policy')).toMatchObject({ 'maxmemory-policy': 'noeviction' })
    } finally {
      await redis.dispose()
    }
  },
)

test('of an engine that was frozen no thread runs on, and all do once it is thawed', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'baton-engine-test-'))
  const worker = `const { appendFileSync } = require('node:fs'); for (;;) appendFileSync('written', 'x')`
  await Bun.write(
    join(folder, 'busy.cjs'),
    `const { Worker } = require('node:worker_threads')
     for (let n = 0; n < 4; n++) new Worker(${JSON.stringify(worker)}, { eval: true })`,
  )
  const written = () => Bun.file(join(folder, 'written')).size
  const { engine } = await shellEngine('exec node busy.cjs', {
    folder,
    ready: async () => expect(written()).toBeGreaterThan(0),
  })
  await engine.start()
  for (let n = 0; n < 20; n++) {
    await engine.freeze()
    const before = written()
    await Bun.sleep(5)
    expect(written()).toBe(before)
    engine.thaw()
    await until(() => written() > before, { timeoutMs: 5_000, what: 'it to go on' })
  }
  await engine.dispose()
})
