import { afterAll, expect, test } from 'bun:test'
import { startSystem } from '../e2e/system.ts'
import { describeEngines, freePort, uniquePrefix } from '../support/engines.ts'
import { createProxy, type TestProxy } from '../support/proxy.ts'
import { ofNetwork } from './faults.ts'
import { matrix } from './matrix.ts'

/** The short form of `npm run degradation`: every service as a process of its own, on engines that others use too. */
describeEngines('a running system', ({ brokers, redisUrl }) => {
  const undo: (() => unknown)[] = []
  afterAll(async () => {
    for (const step of undo.toReversed()) await step()
  })

  test('answers in bounded time while Redis hangs, while the conductor is dead and over a bad network, and does all that it accepted', async () => {
    const redis = new URL(redisUrl)
    const toRedis = await createProxy(await freePort(), Number(redis.port))
    redis.port = String(toRedis.port)
    let toConductor: TestProxy | undefined
    const prefix = uniquePrefix()
    const system = await startSystem({
      ...{ kafka: { address: brokers.join() }, redis: { address: redis.href }, replicas: 1 },
      async before(service, port) {
        if (service !== 'conductor') return port
        toConductor = await createProxy(await freePort(), port)
        return toConductor.port
      },
      environment: { KAFKA_PREFIX: prefix, REDIS_PREFIX: prefix, TOPIC_PARTITIONS: '1' },
    })
    undo.push(toRedis.close, () => toConductor?.close(), system.stop)
    const faults = [
      { name: 'Redis hangs', begin: () => toRedis.turn({ kind: 'hangs' }), end: () => toRedis.turn({ kind: 'fair' }) },
      {
        name: 'the conductor is killed',
        begin: () => system.end('conductor-1', 'SIGKILL'),
        end: () => system.start('conductor-1'),
      },
      ...ofNetwork('Redis', toRedis).slice(0, 1),
    ]
    const [, , ...rows] = await matrix(system, faults, () => {})
    const cells = rows.map((row) => row.split(' | ').map((cell) => cell.replaceAll(/[|`]/g, '').trim()))
    // Registration, request, request with a key, status, plan, list of pipelines.
    const AWAY = '503 SERVICE_UNAVAILABLE'
    expect(cells[0]).toEqual(['Redis hangs', AWAY, '202', AWAY, AWAY, AWAY, '200', 'ended'])
    expect(cells[1]).toEqual(['the conductor is killed', '202', '202', '202', AWAY, AWAY, '200', 'ended'])
    expect(cells[2]?.at(-1)).toBe('ended')
  }, 240_000)
})
