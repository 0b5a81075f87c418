import { expect, test } from 'bun:test'
import type { SignedIn, TicketStore } from '../../../gateway/tickets/port.ts'

export const signedIn: SignedIn = {
  user: { userId: 'ada "Ö"', orgId: null, roles: ['teacher'], scopes: ['batches:read'] },
  until: 1_795_496_612_641,
}

/** What both stores of tickets owe. */
export const ticketContract = (open: () => TicketStore): void => {
  test('a ticket is taken once, also when ten try together', async () => {
    const store = open()
    await store.put('d1', signedIn)
    const takers = await Promise.all(Array.from({ length: 10 }, () => store.take('d1')))
    expect(takers.filter((taken) => taken !== undefined)).toEqual([signedIn])
    expect(await store.take('d1')).toBeUndefined()
  })

  test('an unknown ticket is nothing, and tickets do not touch each other', async () => {
    const store = open()
    await store.put('d1', signedIn)
    await store.put('d2', { ...signedIn, until: 2 })
    expect(await store.take('d3')).toBeUndefined()
    expect(await store.take('d2')).toEqual({ ...signedIn, until: 2 })
    expect(await store.take('d1')).toEqual(signedIn)
  })
}
