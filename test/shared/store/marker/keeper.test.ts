import { expect, test } from 'bun:test'
import { setUp } from './members.ts'

test('a bucket is complete once every partition of the group has been looked at, whoever owns it', async () => {
  const { member, isComplete } = setUp()
  const [one, other] = [member({ 0: 0 }), member({ 1: 0 })]
  await one.look()
  expect([await isComplete(0), one.problems()]).toEqual([false, ['256 of 256 buckets are catching up']])
  await other.look()
  await one.look()
  expect([await isComplete(0), await isComplete(255), one.problems()]).toEqual([true, true, []])
})

test('markers and committed offsets follow what is applied', async () => {
  const { member, marker, isComplete } = setUp({ partitions: 1 })
  const one = member({ 0: 0 })
  for (const offset of [0, 5, 60]) {
    one.at(0, offset)
    await one.look()
  }
  expect([await marker(3, 0), one.committed(0), one.rewound, await isComplete(3)]).toEqual([60, 60, [], true])
})

test('a new group on an old log is complete once it has come to where the log ended', async () => {
  const { member, ends, isComplete } = setUp({ partitions: 1 })
  ends[0] = 100
  const one = member({ 0: 0 })
  one.at(0, 40)
  await one.look()
  expect([await isComplete(7), one.problems()]).toEqual([
    false,
    ['256 of 256 buckets are catching up', 'catching up: g|t|0 is at 40 of 100'],
  ])
  one.at(0, 100)
  await one.look()
  expect([await isComplete(7), one.problems()]).toEqual([true, []])
})

test('a member that takes a partition over where the markers stand has nothing to do again', async () => {
  const { member, marker } = setUp({ partitions: 1 })
  const one = member({ 0: 0 })
  one.at(0, 50)
  await one.look()
  const next = member({ 0: 40 })
  await next.look()
  next.at(0, 70)
  await next.look()
  expect([next.rewound, await marker(9, 0), next.problems()]).toEqual([[], 70, []])
})

test('a store that was emptied is filled again from the beginning, and nobody reads of it meanwhile', async () => {
  const { member, flush, isComplete, marker } = setUp({ partitions: 1 })
  const one = member({ 0: 0 })
  one.at(0, 80)
  await one.look()
  expect(await isComplete(0)).toBe(true)
  flush()
  one.at(0, 90)
  await one.look()
  expect([one.rewound, await isComplete(0), one.committed(0)]).toEqual([
    [{ topic: 't', partition: 0, offset: 0 }],
    false,
    80,
  ])
  one.at(0, 60)
  await one.look()
  expect([await isComplete(0), await marker(0, 0)]).toEqual([false, 60])
  expect(one.problems()).toContain('catching up: g|t|0 is at 60 of 90')
  one.at(0, 90)
  await one.look()
  expect([await isComplete(0), await marker(0, 0), one.problems()]).toEqual([true, 90, []])
})

test('a store that was emptied while nobody looked is filled again by whoever comes next', async () => {
  const { member, flush, isComplete } = setUp({ partitions: 1 })
  const one = member({ 0: 0 })
  one.at(0, 80)
  await one.look()
  flush()
  const next = member({ 0: 80 })
  await next.look()
  expect([next.rewound, await isComplete(5)]).toEqual([[{ topic: 't', partition: 0, offset: 0 }], false])
  next.at(0, 80)
  await next.look()
  expect(await isComplete(5)).toBe(true)
})

test('one bucket that stands further back sends its partition back to there; the other buckets wait for it as well', async () => {
  const { member, lose, isComplete, marker } = setUp()
  const one = member({ 0: 0, 1: 0 })
  one.at(0, 80)
  one.at(1, 10)
  await one.look()
  lose(17, 0, 62)
  one.at(0, 85)
  await one.look()
  expect(one.rewound).toEqual([{ topic: 't', partition: 0, offset: 62 }])
  one.at(0, 70)
  await one.look()
  expect([await marker(17, 0), await marker(18, 0), await isComplete(17)]).toEqual([70, 85, false])
  one.at(0, 85)
  await one.look()
  expect([await marker(17, 0), await isComplete(17), await isComplete(18)]).toEqual([85, true, true])
})

test('what one member lost makes every other look again before the bucket is complete', async () => {
  const { member, lose, isComplete } = setUp()
  const [one, other] = [member({ 0: 0 }), member({ 1: 0 })]
  one.at(0, 80)
  other.at(1, 80)
  for (const each of [one, other, one]) await each.look()
  lose(17, 0, 62)
  await one.look()
  one.at(0, 80)
  await one.look()
  expect(await isComplete(17)).toBe(false)
  for (const each of [other, one]) await each.look()
  expect(await isComplete(17)).toBe(true)
})

test('a marker that somebody else moved on is taken over, and nothing is applied again', async () => {
  const { member, marker } = setUp({ partitions: 1 })
  const [one, other] = [member({ 0: 0 }), member({ 0: 0 })]
  await one.look()
  other.at(0, 9)
  await other.look()
  one.at(0, 4)
  await one.look()
  one.at(0, 12)
  await one.look()
  expect([await marker(0, 0), one.rewound, one.problems()]).toEqual([12, [], []])
})

test('a look that failed half-way is made good by the next', async () => {
  const { member, marker, failing } = setUp({ partitions: 1 })
  const one = member({ 0: 0 })
  await one.look()
  one.at(0, 6)
  failing.next = true
  await expect(one.look()).rejects.toThrow('gone')
  expect([one.problems(), one.committed(0)]).toEqual([['markers of g are not written: gone'], 0])
  await one.look()
  expect([await marker(0, 0), one.committed(0), one.problems()]).toEqual([6, 6, []])
})

test('a group that writes into some buckets keeps the markers of those, whatever their numbers, and misses no loss there', async () => {
  const { member, marker, isComplete, lose } = setUp({ partitions: 1, buckets: [200, 7] })
  const one = member({ 0: 0 })
  one.at(0, 5)
  await one.look()
  await one.look()
  expect(await Promise.all([7, 200].map((bucket) => marker(bucket, 0)))).toEqual([5, 5])
  expect(await Promise.all([7, 200, 0].map(isComplete))).toEqual([true, true, false])
  expect([await marker(0, 0), one.problems()]).toEqual([undefined, []])

  lose(200, 0, 2)
  await one.look()
  expect(one.rewound).toEqual([{ topic: 't', partition: 0, offset: 2 }])
  expect(await Promise.all([7, 200].map(isComplete))).toEqual([true, false])
  one.at(0, 5)
  await one.look()
  expect([await isComplete(200), await marker(200, 0)]).toEqual([true, 5])
})
