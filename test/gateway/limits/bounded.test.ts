import { afterEach, describe, expect, test } from 'bun:test'
import { createServer } from 'node:net'
import { createBoundedStore } from '../../../gateway/limits/bounded.ts'
import type { RateLimitStore, Verdict } from '../../../gateway/limits/port.ts'
import { createRedisRateLimitStore } from '../../../gateway/limits/redis.ts'
import { PassingError } from '../../../shared/errors.ts'
import { createRedisClient } from '../../../shared/store/redis/client.ts'
import { freePort } from '../../support/free-port.ts'
import { silent } from '../../support/silent.ts'
import { openGateway } from '../open-gateway.ts'

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

const VERDICT: Verdict = { allowed: true, remaining: 1, retryAfterMs: 0, resetMs: 0 }
const BUDGET = { key: 'ada', limit: { perMinute: 60, burst: 2 } }

/** A store that answers as it is told, on a clock of the test's own. */
const opened = () => {
  const seen = { asked: 0, now: 1_000 }
  let answer: () => Promise<readonly Verdict[]> = async () => [VERDICT]
  const store: RateLimitStore = {
    take() {
      seen.asked += 1
      return answer()
    },
  }
  const bounded = createBoundedStore({ store, timeoutMs: 5, pauseMs: 1_000, clock: () => seen.now })
  return {
    seen,
    take: () => bounded.take([BUDGET]),
    answers: (next: typeof answer) => {
      answer = next
    },
  }
}
const hangs = () => new Promise<never>(() => {})

describe('a shared store that nobody waits long for', () => {
  test('gives what the store says while it answers', async () => {
    const { take, seen } = opened()
    expect([await take(), await take()]).toEqual([[VERDICT], [VERDICT]])
    expect(seen.asked).toBe(2)
  })

  test('is given up when it hangs, then left alone for a while, and asked again by one call alone', async () => {
    const { take, seen, answers } = opened()
    answers(hangs)
    await expect(take()).rejects.toThrow('not answered within 5 ms')
    for (let n = 0; n < 3; n++) await expect(take()).rejects.toThrow(PassingError)
    expect(seen.asked).toBe(1)

    seen.now += 1_000
    const back = Promise.withResolvers<readonly Verdict[]>()
    answers(() => back.promise)
    const probe = take()
    await expect(take()).rejects.toThrow(PassingError)
    expect(seen.asked).toBe(2)
    back.resolve([VERDICT])
    expect(await probe).toEqual([VERDICT])
    expect(await take()).toEqual([VERDICT])
  })

  test('does not take a bug for an absence', async () => {
    const { take, seen, answers } = opened()
    answers(async () => {
      throw new TypeError('a bug')
    })
    for (let n = 0; n < 2; n++) await expect(take()).rejects.toThrow('a bug')
    expect(seen.asked).toBe(2)
  })
})

/** Listens and takes whatever comes, and never answers. */
const silentServer = async (): Promise<number> => {
  const port = await freePort()
  const server = createServer((socket) => {
    socket.on('error', () => {}).resume()
    cleanups.push(() => socket.destroy())
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  cleanups.push(() => server.close())
  return port
}

test.each([
  ['accepts and never answers', silentServer],
  ['is down', freePort],
])('a Redis that %s keeps no request waiting: limits are counted locally, and readiness says so', async (_, open) => {
  // The client by itself would wait for longer than this test may take.
  const redis = createRedisClient({
    url: `redis://127.0.0.1:${await open()}`,
    connectionName: 'test',
    logger: silent,
    commandTimeoutMs: 600_000,
  })
  // Not waited for: it says goodbye, and that is not answered either.
  cleanups.push(() => void redis.close())
  const { app, signIn } = await openGateway(
    {
      limitStore: createRedisRateLimitStore({ redis, prefix: 't:' }),
      pingLimitStore: () => redis.ping(),
    },
    { RATE_LIMIT_STORE_TIMEOUT_MS: 100, RATE_LIMIT_STATUS_PER_MINUTE: 1, RATE_LIMIT_STATUS_BURST: 3 },
  )
  const headers = await signIn()
  const statuses = []
  for (let n = 0; n < 4; n++) statuses.push((await app.request('/v1/batches/b-1/status', { headers })).status)
  expect(statuses).toEqual([200, 200, 200, 429])
  const ready = await app.request('/readyz')
  expect(ready.status).toBe(200)
  expect(await ready.json()).toMatchObject({
    dependencies: { rate_limits: { status: 'ready', warnings: ['limits are counted locally'] } },
  })
})
