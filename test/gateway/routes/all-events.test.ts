import { afterEach, expect, test } from 'bun:test'
import { MAX_BATCHES } from '../../../gateway/live/open-all.ts'
import { BatchSummary } from '../../../shared/contracts/http/lists.ts'
import { BatchSnapshot } from '../../../shared/contracts/http/snapshots.ts'
import { PassingError } from '../../../shared/errors.ts'
import { change } from '../../shared/store/changes/contract.ts'
import { type SseEvent, sseEvents } from '../../support/sse.ts'
import { until } from '../../support/until.ts'
import { gateway, newerThan, statusOf } from '../support.ts'

const cleanups: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup()
})

/** A gateway whose conductor has these batches, each with a revision and an owner; newest first. */
const open = (batches: Map<string, { revision: number; owner: string }>) => {
  let away = false
  const found = (id: string) => {
    const batch = batches.get(id)
    if (!batch) return undefined
    const status = statusOf(id, batch.owner)
    return { ...status, details: { ...status.details, revision: batch.revision } }
  }
  const at = gateway({
    conductor: {
      status: async (id) => found(id),
      async batches(query) {
        if (away) throw new PassingError('conductor', 'ECONNREFUSED')
        const mine = [...batches].filter(([, { owner }]) => 'user_id' in query && owner === query.user_id)
        const page = mine.slice(0, query.limit).flatMap(([id]) => {
          const { details } = found(id) ?? {}
          return details ? [BatchSummary.parse(details)] : []
        })
        return { batches: page, total: mine.length, next_cursor: null }
      },
      newer: async (asked) => asked.map(({ batch_id, revision }) => newerThan(revision, batch_id, found(batch_id))),
    },
  })
  at.live.start()
  cleanups.push(() => at.live.drain())
  const events = async () => {
    const response = await at.call('GET', '/v1/events')
    const seen: SseEvent[] = []
    const reading = (async () => {
      for await (const event of sseEvents(response)) seen.push(event)
    })()
    const snapshots = () => seen.filter(({ event }) => event === 'snapshot')
    const details = () => snapshots().map(({ data }) => BatchSnapshot.parse(JSON.parse(data)).details)
    const upTo = (count: number) =>
      until(() => snapshots().length >= count, { timeoutMs: 3_000, what: `${count} snapshots` })
    return { seen, reading, snapshots, details, upTo }
  }
  const commit = (id: string, revision: number, owner = 'ada') => {
    batches.set(id, { revision, owner })
    at.feed.publish([change(id, revision, owner)])
  }
  return {
    ...at,
    events,
    commit,
    leave: () => {
      away = true
    },
  }
}

test("a stream of all batches has a snapshot of each, every change, every new batch, and nobody else's", async () => {
  const { events, commit } = open(
    new Map([
      ['b-2', { revision: 20, owner: 'ada' }],
      ['b-1', { revision: 17, owner: 'ada' }],
      ['other', { revision: 5, owner: 'bo' }],
    ]),
  )
  const { upTo, details, snapshots } = await events()
  await upTo(2)
  commit('b-1', 18)
  await upTo(3)
  commit('b-3', 21)
  commit('others-new', 22, 'bo')
  await upTo(4)
  const newest = new Map(details().map(({ batch_id, revision }) => [batch_id, revision]))
  expect(newest).toEqual(
    new Map([
      ['b-1', 18],
      ['b-2', 20],
      ['b-3', 21],
    ]),
  )
  const ids = snapshots().map(({ id }) => Number(id))
  expect(ids).toEqual(ids.toSorted((a, b) => a - b))
})

test('it follows a bounded number of batches: a new one comes in place of the oldest', async () => {
  const many = Array.from({ length: MAX_BATCHES }, (_, n) => [`b-${n}`, { revision: 1_000 - n, owner: 'ada' }] as const)
  const { events, commit } = open(new Map(many))
  const { upTo, details } = await events()
  await upTo(MAX_BATCHES)
  commit('new', 2_000)
  await upTo(MAX_BATCHES + 1)
  commit(`b-${MAX_BATCHES - 1}`, 2_001)
  commit('b-0', 2_002)
  await upTo(MAX_BATCHES + 2)
  expect(details().at(-1)).toMatchObject({ batch_id: 'b-0', revision: 2_002 })
})

test('while the list cannot be read it is a 503, and nothing is left open', async () => {
  const { call, leave, streamed } = open(new Map())
  leave()
  expect((await call('GET', '/v1/events')).status).toBe(503)
  expect(streamed.open).toBe(0)
})

test('it ends with the server, also for those who come while it drains', async () => {
  const { events, live } = open(new Map())
  const first = await events()
  await live.drain()
  await first.reading
  const later = await events()
  await later.reading
  for (const { seen } of [first, later]) expect(seen.map(({ event }) => event)).toEqual(['retry', 'end'])
})
