import { afterEach, expect, test } from 'bun:test'
import { boundedKeys, boundedTickets } from '../../gateway/bounded.ts'
import type { Claim, IdempotencyStore, Reservation } from '../../gateway/idempotency/port.ts'
import { createRedisIdempotencyStore } from '../../gateway/idempotency/redis.ts'
import { createRedisTicketStore } from '../../gateway/tickets/redis.ts'
import { PassingError } from '../../shared/errors.ts'
import { createRedisClient } from '../../shared/store/redis/client.ts'
import { describeRedis, freePort, uniquePrefix } from '../support/engines.ts'
import { createProxy } from '../support/proxy.ts'
import { silent } from '../support/silent.ts'
import { until } from '../support/until.ts'
import { openGateway } from './open-gateway.ts'

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

const CLAIM: Claim = { fingerprint: 'f', owner: 'o', correlationId: 'c', leaseMs: 30_000 }
const hangs = () => new Promise<never>(() => {})

/** Keys whose reservation is answered when a test says so. */
const opened = () => {
  const reservation = Promise.withResolvers<Reservation>()
  const released: string[] = []
  const store: IdempotencyStore = {
    reserve: () => reservation.promise,
    complete: hangs,
    async release(digest, owner) {
      released.push(`${digest} ${owner}`)
    },
  }
  return { reservation, released, keys: boundedKeys(store, { timeoutMs: 5 }) }
}

test('a reservation that comes in time is given, one that comes too late is given back', async () => {
  const soon = opened()
  soon.reservation.resolve({ state: 'reserved', correlationId: 'c' })
  expect(await soon.keys.reserve('d', CLAIM)).toEqual({ state: 'reserved', correlationId: 'c' })
  const late = opened()
  await expect(late.keys.reserve('d', CLAIM)).rejects.toBeInstanceOf(PassingError)
  late.reservation.resolve({ state: 'reserved', correlationId: 'c' })
  await until(() => late.released.length > 0, { timeoutMs: 1_000, what: 'the key to be given back' })
  expect([soon.released, late.released]).toEqual([[], ['d o']])
})

test.each([
  ['belongs to another call', { state: 'running', retryAfterMs: 1 } as const],
  ['has its answer', { state: 'mismatch' } as const],
])('a key that %s is nobody’s to give back, and one that fails late says nothing more', async (_, state) => {
  const { keys, reservation, released } = opened()
  await expect(keys.reserve('d', CLAIM)).rejects.toThrow('within 5 ms')
  reservation.resolve(state)
  const failing = opened()
  await expect(failing.keys.reserve('d', CLAIM)).rejects.toThrow('within 5 ms')
  failing.reservation.reject(new PassingError('redis', 'Command timed out'))
  await Bun.sleep(1)
  expect([...released, ...failing.released]).toEqual([])
})

test('neither the answer of a key nor a ticket is waited for longer', async () => {
  const { keys } = opened()
  await expect(keys.complete('d', 'o', { status: 202, headers: {}, body: '' })).rejects.toBeInstanceOf(PassingError)
  const tickets = boundedTickets({ put: hangs, take: hangs }, { timeoutMs: 5 })
  await expect(tickets.take('d')).rejects.toBeInstanceOf(PassingError)
})

describeRedis('a gateway whose Redis hangs', (url) => {
  test('refuses keys and tickets for now and soon, answers what has none, and is back with it', async () => {
    const { hostname, port } = new URL(url)
    expect(hostname).toBe('127.0.0.1')
    const proxy = await createProxy(await freePort(), Number(port))
    // By itself it would wait for longer than this test may.
    const commandTimeoutMs = 600_000
    const redis = createRedisClient({
      ...{ url: `redis://127.0.0.1:${proxy.port}`, connectionName: 'test', logger: silent, commandTimeoutMs },
    })
    cleanups.push(proxy.close, () => void redis.close())
    const prefix = uniquePrefix()
    const { app, post, signIn } = await openGateway(
      {
        idempotencyStore: createRedisIdempotencyStore({ redis, prefix }),
        ticketStore: createRedisTicketStore({ redis, prefix }),
      },
      { STORE_TIMEOUT_MS: 100 },
    )
    const signedIn = await signIn()
    const request = (key?: string) =>
      post(
        '/v1/batches/b-1/pipelines',
        { requested_pipeline: 'nlp', prompt_payload: { assignment_id: 'a-1' } },
        { ...signedIn, ...(key === undefined ? {} : { 'idempotency-key': key }) },
      )
    const ticket = () => post('/v1/stream-tickets', {}, signedIn)
    const redeem = () => app.request('/v1/events?ticket=x')
    const answers = async () =>
      (await Promise.all([request('k-1'), request(), ticket(), redeem()])).map(({ status }) => status)
    // A connection is made by the first call, which may take longer than a call may.
    await until(async () => (await ticket()).status === 201, { timeoutMs: 10_000, what: 'a connection to Redis' })

    await proxy.turn({ kind: 'hangs' })
    expect(await answers()).toEqual([503, 202, 503, 503])

    await proxy.turn({ kind: 'fair' })
    await until(async () => (await request('k-1')).status === 202, { timeoutMs: 10_000, what: 'the key to be free' })
    await until(async () => (await ticket()).status === 201, { timeoutMs: 10_000, what: 'tickets to be back' })
  }, 60_000)
})
