import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { endFrame, frameOf } from '../../../gateway/live/frames.ts'
import { createOutbox } from '../../../gateway/live/outbox.ts'
import { note, snapshotAt } from './support.ts'

const open = (after?: number) => {
  let replaced = 0
  const outbox = createOutbox({ after, replaced: () => void replaced++ })
  const all = () => {
    const ids = []
    for (let frame = outbox.take(); frame; frame = outbox.take()) ids.push(frame.id ?? frame.event)
    return ids
  }
  return { outbox, all, replaced: () => replaced }
}

test('of one batch only the newest snapshot waits, and what it replaced is counted', () => {
  const { outbox, all, replaced } = open()
  for (const revision of [1, 2, 3]) outbox.offer(snapshotAt('b', revision))
  expect(all()).toEqual([3])
  expect(replaced()).toBe(2)
  expect(outbox.waits()).toBe(false)
})

test('a snapshot that is not newer than what was sent, or than what the client has, is left out', () => {
  const { outbox, all } = open(5)
  for (const revision of [4, 5]) outbox.offer(snapshotAt('b', revision))
  expect(all()).toEqual([])
  outbox.offer(snapshotAt('b', 7))
  expect(all()).toEqual([7])
  for (const revision of [6, 7]) outbox.offer(snapshotAt('b', revision))
  expect(all()).toEqual([])
})

test('the first snapshot of a batch that nobody knows yet has revision 0, and is sent', () => {
  const { outbox, all } = open()
  outbox.offer(snapshotAt('b', 0))
  expect(all()).toEqual([0])
})

test('a newer snapshot says all that an older note would, a newer note comes after it, and the end after all', () => {
  const { outbox, all } = open()
  outbox.note('b', note('older'))
  outbox.offer(snapshotAt('b', 1))
  outbox.note('b', frameOf('hold', undefined, {}))
  outbox.finish(endFrame('draining'))
  outbox.finish(endFrame('token_expired'))
  expect(all()).toEqual([1, 'hold', 'end'])
  expect(outbox.finished()).toBe(true)
  outbox.offer(snapshotAt('b', 2))
  expect(all()).toEqual([])
  expect(outbox.waits()).toBe(false)
})

describe('whatever is offered in whatever order and taken at whatever pace', () => {
  const step = fc.oneof(
    fc.record({ offer: fc.integer({ min: 0, max: 20 }), batch: fc.constantFrom('a', 'b') }),
    fc.constant('take' as const),
  )
  test('ids never fall, revisions of a batch only grow, and the last taken is the largest offered', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const { outbox } = open()
        const ids: number[] = []
        const taken = new Map<string, number[]>([
          ['a', []],
          ['b', []],
        ])
        const take = () => {
          const frame = outbox.take()
          if (frame && 'batchId' in frame)
            taken.get(String(frame.batchId))?.push(Number(Reflect.get(frame, 'revision')))
          if (frame) ids.push(frame.id ?? -1)
          return frame
        }
        for (const one of steps) {
          if (one === 'take') take()
          else outbox.offer(snapshotAt(one.batch, one.offer))
        }
        while (take());
        expect(ids).toEqual(ids.toSorted((a, b) => a - b))
        for (const [batch, revisions] of taken) {
          const offered = steps.flatMap((one) => (one !== 'take' && one.batch === batch ? [one.offer] : []))
          expect(revisions).toEqual([...new Set(revisions)].sort((a, b) => a - b))
          expect(revisions.at(-1)).toBe(offered.length > 0 ? Math.max(...offered) : undefined)
        }
      }),
    )
  })
})
