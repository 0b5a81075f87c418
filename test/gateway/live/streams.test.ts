import { expect, test } from 'bun:test'
import { createOutbox } from '../../../gateway/live/outbox.ts'
import { createStreams } from '../../../gateway/live/streams.ts'
import { snapshotAt, testTime } from './support.ts'

const NEVER = Number.POSITIVE_INFINITY

const open = (limits: { readonly maxStreams?: number; readonly maxStreamsPerUser?: number } = {}) => {
  const time = testTime()
  const counts = { open: 0, sent: 0, dropped: 0 }
  const delivered: string[] = []
  const streams = createStreams({
    delivered: (frame, transport) =>
      void delivered.push(`${transport} ${frame.id} ${frame.causes?.map((one) => one.traceparent)}`),
    metrics: {
      open(count) {
        counts.open = count
      },
      sent: () => void counts.sent++,
      coalesced() {},
      dropped: () => void counts.dropped++,
    },
    clock: time.clock,
    later: time.later,
    heartbeatMs: 3_000,
    stallMs: 30_000,
    maxStreams: limits.maxStreams ?? 100,
    maxStreamsPerUser: limits.maxStreamsPerUser ?? 100,
  })
  streams.start()

  /** A stream with a reader that takes so many frames and then waits. */
  const reader = ({ until = NEVER, takes = NEVER, userId = 'ada' } = {}) => {
    const said: string[] = []
    let room = takes
    const outbox = createOutbox({ after: undefined, replaced() {} })
    let closed = 0
    const stream = streams.open({ userId, until, transport: 'sse', outbox, closed: () => void closed++ })
    const write = (text: string) => {
      said.push(text)
      room--
    }
    const attach = () =>
      stream.attach({
        ready: () => room > 0,
        write: (frame) => write(frame.id === undefined ? `${frame.event} ${frame.data}` : String(frame.id)),
        heartbeat: () => write('heartbeat'),
        end: () => said.push('closed'),
        abort: () => said.push('cut off'),
      })
    attach()
    const offer = (revision: number, ...traces: readonly string[]) => {
      const causes = traces.map((traceparent) => ({ correlationId: 'c', traceparent }))
      outbox.offer({ ...snapshotAt('b', revision), ...(traces.length > 0 ? { causes } : {}) })
      stream.pump()
    }
    const take = (more: number) => {
      room += more
      stream.pump()
    }
    return { said, stream, offer, take, attach, closed: () => closed }
  }
  return { ...time, streams, counts, delivered, reader }
}

test('what is offered is sent at once, and a silent stream says from time to time that it is alive', async () => {
  const { reader, pass, counts } = open()
  const { said, offer } = reader()
  offer(1)
  expect(said).toEqual(['1'])
  await pass(3_200)
  offer(2)
  await pass(2_900)
  expect(said).toEqual(['1', 'heartbeat', '2'])
  await pass(6_000)
  expect(said.slice(3)).toEqual(['heartbeat', 'heartbeat'])
  expect(counts).toEqual({ open: 1, sent: 2, dropped: 0 })
})

test('a slow reader loses what is in between, and ends in the newest', () => {
  const { reader } = open()
  const { said, offer, take } = reader({ takes: 1 })
  for (let n = 1; n <= 100; n++) offer(n)
  expect(said).toEqual(['1'])
  take(5)
  expect(said).toEqual(['1', '100'])
})

test('a change is delivered when it is written, to a slow reader with what was left out before it', () => {
  const { reader, delivered } = open()
  const { offer, take } = reader({ takes: 1 })
  offer(1)
  offer(2, 'a', 'b')
  offer(3)
  offer(4, 'c')
  expect(delivered).toEqual([])
  take(1)
  expect(delivered).toEqual(['sse 4 a,b,c'])
})

test('a reader that takes nothing for too long is cut off and counted; one that takes a little is not', async () => {
  const { reader, pass, counts } = open()
  const stuck = reader({ takes: 0 })
  const slow = reader({ takes: 0 })
  for (let n = 0; n < 6; n++) {
    await pass(10_000)
    slow.take(2)
  }
  expect(stuck.said).toEqual(['cut off'])
  expect(stuck.closed()).toBe(1)
  expect(slow.said).not.toContain('cut off')
  expect(counts).toMatchObject({ open: 1, dropped: 1 })
})

test('when the sign-in ends so does the stream, with what waits and then a last frame', async () => {
  const { reader, pass, counts } = open()
  const { said, offer, closed, stream } = reader({ until: 1_000 })
  offer(1)
  await pass(1_300)
  expect(said).toEqual(['1', 'end {"reason":"token_expired"}', 'closed'])
  stream.close()
  offer(2)
  await pass(10_000)
  expect(said.length).toBe(3)
  expect(closed()).toBe(1)
  expect(counts.open).toBe(0)
})

test('draining ends all with a last frame, waits a little for slow readers, and ends at once whoever comes later', async () => {
  const { reader, pass, streams } = open()
  const fast = reader()
  const slow = reader({ takes: 0 })
  const dead = reader({ takes: 0 })
  let drained = false
  const draining = streams.drain().then(() => {
    drained = true
  })
  expect(fast.said).toEqual(['end {"reason":"draining"}', 'closed'])
  await pass(1_000)
  slow.take(1)
  expect(slow.said).toEqual(['end {"reason":"draining"}', 'closed'])
  expect(drained).toBe(false)
  await pass(2_500)
  await draining
  expect(dead.said).toEqual(['cut off'])
  expect(reader().said).toEqual(['end {"reason":"draining"}', 'closed'])
})

test('nothing open is drained at once', async () => {
  const { streams, pending } = open()
  await streams.drain()
  expect(pending()).toBe(0)
})

test('too many streams are refused: of one user with a 429, of all with a 503; one that closes makes room', () => {
  const { reader } = open({ maxStreams: 3, maxStreamsPerUser: 2 })
  const first = reader()
  reader()
  expect(() => reader()).toThrow(expect.objectContaining({ problem: expect.objectContaining({ code: 'RATE_LIMIT' }) }))
  reader({ userId: 'bo' })
  expect(() => reader({ userId: 'eve' })).toThrow(
    expect.objectContaining({ problem: expect.objectContaining({ code: 'SERVICE_UNAVAILABLE' }) }),
  )
  first.stream.close()
  expect(() => reader()).not.toThrow()
})
