import { afterAll, describe, expect, test } from 'bun:test'
import { ticketKey } from '../../../gateway/keys.ts'
import { createLocalTicketStore } from '../../../gateway/tickets/local.ts'
import { TICKET_MS } from '../../../gateway/tickets/port.ts'
import { createRedisTicketStore } from '../../../gateway/tickets/redis.ts'
import { createTickets } from '../../../gateway/tickets/tickets.ts'
import { createRedisClient } from '../../../shared/store/redis/client.ts'
import { describeRedis, uniquePrefix } from '../../support/engines.ts'
import { silent } from '../../support/silent.ts'
import { signedIn, ticketContract } from './contract.ts'

describe('tickets of one process', () => {
  ticketContract(() => createLocalTicketStore({ clock: () => 1_000 }))

  test('an old ticket opens nothing, and not more are kept than allowed', async () => {
    let now = 1_000
    const store = createLocalTicketStore({ clock: () => now, maxTickets: 2 })
    for (const digest of ['d1', 'd2', 'd3']) await store.put(digest, signedIn)
    expect(await store.take('d1')).toBeUndefined()
    expect(await store.take('d2')).toEqual(signedIn)
    now += TICKET_MS
    expect(await store.take('d3')).toBeUndefined()
  })
})

describeRedis('tickets that gateways share', (url) => {
  const redis = createRedisClient({ url, connectionName: 'test', logger: silent })
  afterAll(() => redis.close())

  ticketContract(() => createRedisTicketStore({ redis, prefix: uniquePrefix() }))

  test('Redis forgets a ticket by itself', async () => {
    const prefix = uniquePrefix()
    await createRedisTicketStore({ redis, prefix }).put('d1', signedIn)
    const left = redis.define({ name: 'ttl', numberOfKeys: 1, lua: "return redis.call('PTTL', KEYS[1])" })
    const ms = Number(await left([ticketKey(prefix, 'd1')], []))
    expect(ms).toBeGreaterThan(TICKET_MS - 10_000)
    expect(ms).toBeLessThanOrEqual(TICKET_MS)
  })
})

test('what is stored does not open anything', async () => {
  const stored: string[] = []
  const store = createLocalTicketStore({ clock: () => 1_000 })
  const tickets = createTickets({
    store: {
      ...store,
      put: (digest, value) => {
        stored.push(digest)
        return store.put(digest, value)
      },
    },
  })
  const { ticket } = await tickets.issue(signedIn)
  expect(ticket).toMatch(/^[\w-]{43}$/)
  expect(await tickets.redeem(stored[0] ?? '')).toBeUndefined()
  expect(await tickets.redeem(ticket)).toEqual(signedIn)
})
