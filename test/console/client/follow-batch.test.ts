import { afterEach, describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import type { LiveEvent } from '../../../console/client/live/events.ts'
import { NoStreamError } from '../../../console/client/live/events.ts'
import { type FollowDeps, followBatch, type LiveBatch } from '../../../console/client/live/follow-batch.ts'
import { ProblemError, UnreachableError } from '../../../console/client/problem.ts'
import { until } from '../../support/until.ts'
import { problem, snapshot } from './support.ts'

const stops: (() => void)[] = []
afterEach(() => {
  for (const stop of stops.splice(0)) stop()
})

/** One try after another: what each says, and how it ends. After the last there is silence. */
const follow = (streams: readonly (readonly (LiveEvent | Error)[])[], deps: Partial<FollowDeps> = {}) => {
  const seen: LiveBatch[] = []
  const after: (number | undefined)[] = []
  const wakes = new Set<() => void>()
  const stop = followBatch(
    {
      async *events(input) {
        const stream = streams[after.push(input.after) - 1]
        if (!stream) return await new Promise<never>((_, reject) => input.signal.addEventListener('abort', reject))
        for (const event of stream) {
          if (event instanceof Error) throw event
          yield event
        }
      },
      poll: async () => ({ snapshot: undefined, etag: undefined }),
      // The pause is over as soon as it begins: no test waits for a clock.
      onWake(wake) {
        wakes.add(wake)
        const timer = setTimeout(wake)
        return () => clearTimeout(timer)
      },
      ...deps,
    },
    (live) => void seen.push(live),
  )
  stops.push(stop)
  const silence = () => until(() => after.length > streams.length, { timeoutMs: 2_000, what: 'the last stream' })
  return { seen, after, silence, stop, last: () => seen.at(-1) }
}
const said = (revision: number): LiveEvent => ({ event: 'snapshot', snapshot: snapshot(revision) })
const revisions = (seen: readonly LiveBatch[]) => seen.flatMap(({ batch }) => (batch ? [batch.details.revision] : []))

describe('following a batch', () => {
  test('tells every snapshot, and resumes after the newest when the stream is cut off', async () => {
    const live = follow([[said(1), said(2), new UnreachableError('cut')], [said(3)]])
    await live.silence()
    expect(live.after).toEqual([undefined, 2, 3])
    expect(live.seen.map(({ connection, batch }) => [connection, batch?.details.revision])).toEqual([
      ['live', 1],
      ['live', 2],
      ['reconnecting', 2],
      ['live', 3],
    ])
  })

  test('never goes back, whatever gateways send in whatever order, and ends with the newest', async () => {
    const stream = fc.array(
      fc.oneof(
        fc.integer({ min: 0, max: 30 }).map(said),
        fc.constant<LiveEvent>({ event: 'hold' }),
        fc.constant<LiveEvent>({ event: 'live' }),
        fc.constant(new UnreachableError('cut')),
      ),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(stream, { maxLength: 4 }), async (streams) => {
        const live = follow(streams)
        await live.silence()
        live.stop()
        const shown = revisions(live.seen)
        expect(shown).toEqual(shown.toSorted((a, b) => a - b))
        const heard = streams.flatMap((events) => {
          const cut = events.findIndex((event) => event instanceof Error)
          return (cut < 0 ? events : events.slice(0, cut)).flatMap((event) =>
            'snapshot' in event ? [event.snapshot.details.revision] : [],
          )
        })
        expect(shown.at(-1)).toBe(heard.length === 0 ? undefined : Math.max(...heard))
      }),
      { numRuns: 50 },
    )
  })

  test('says when what is shown may not be the newest, and when it is again', async () => {
    const live = follow([[said(1), { event: 'hold' }, { event: 'live' }]])
    await live.silence()
    expect(live.seen.map(({ connection }) => connection)).toEqual(['live', 'holding', 'live'])
  })

  test('asks again and again where there is no stream, and sends the ETag of what it has', async () => {
    const etags: (string | undefined)[] = []
    const live = follow([[new NoStreamError('none')]], {
      poll: async (etag) => {
        const turn = etags.push(etag)
        return { snapshot: turn === 2 ? undefined : snapshot(turn), etag: `"${turn}"` }
      },
    })
    await until(() => revisions(live.seen).includes(3), { timeoutMs: 2_000, what: 'the third answer' })
    expect(etags.slice(0, 3)).toEqual([undefined, '"1"', '"2"'])
    expect(live.last()?.connection).toBe('polling')
  })

  test('is over when the gateway refuses for good, and says why', async () => {
    const refusal = new ProblemError(problem(403, 'AUTHORIZATION_ERROR', { reason: 'not_owner' }))
    const live = follow([[refusal]])
    await until(() => live.last()?.connection === 'refused', { timeoutMs: 2_000, what: 'the refusal' })
    expect(live.last()?.problem).toBe(refusal)
    expect(live.after).toHaveLength(1)
  })

  test('goes on after a failure that passes, and shows the reason meanwhile', async () => {
    const away = new ProblemError(problem(503, 'SERVICE_UNAVAILABLE'))
    const live = follow([[said(1), away], [said(2)]])
    await live.silence()
    expect(live.seen.map(({ connection, problem }) => [connection, problem?.code])).toEqual([
      ['live', undefined],
      ['reconnecting', 'SERVICE_UNAVAILABLE'],
      ['live', undefined],
    ])
  })

  test('tells nothing any more once it is stopped', async () => {
    const live = follow([[said(1)]])
    await live.silence()
    live.stop()
    const before = live.seen.length
    await Bun.sleep(0)
    expect(live.seen).toHaveLength(before)
  })
})
