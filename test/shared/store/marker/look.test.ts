import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { setUp } from './members.ts'

test('while nothing happens nothing is looked at but seals, and of what happens only that', async () => {
  const { member, looked, marker } = setUp({ partitions: 1, buckets: [200, 7] })
  const one = member({ 0: 0 })
  await one.look()
  await one.look()
  looked.length = 0
  for (const _ of [1, 2]) await one.look()
  one.at(0, 5)
  await one.look()
  one.writes.acknowledge('g|t|0', 7, 1)
  await one.look()
  await one.look()
  expect(looked).toEqual([0, 0, 2, 1, 0])
  expect(await Promise.all([7, 200].map((bucket) => marker(bucket, 0)))).toEqual([5, 5])
})

test('now and then all fields of a bucket are looked at, whatever its seal says', async () => {
  const { member, setBack } = setUp({ partitions: 1, buckets: [200] })
  const one = member({ 0: 0 })
  one.at(0, 80)
  await one.look()
  await one.look()
  setBack(200, 0, 60)
  for (let look = 0; look < 60; look++) await one.look()
  expect(one.rewound).toEqual([{ topic: 't', partition: 0, offset: 60 }])
})

test('seals of members that are gone do not gather; one that is there after all looks at everything once', async () => {
  const { member, looked, seals, marker } = setUp({ partitions: 1, buckets: [7] })
  const one = member({ 0: 0 })
  await one.look()
  for (let n = 0; n < 5; n++) await member({ 0: 0 }).look()
  expect(await seals(7)).toHaveLength(1)
  await one.look()
  looked.length = 0
  await one.look()
  one.at(0, 3)
  await one.look()
  expect(looked).toEqual([0, 1])
  expect([await marker(7, 0), one.rewound, one.problems()]).toEqual([3, [], []])
})

const aStep = fc.oneof(
  fc.record({ what: fc.constant('apply' as const), partition: fc.nat(1), records: fc.nat(3) }),
  fc.constantFrom({ what: 'look' as const }, { what: 'look' as const }, { what: 'save' as const }),
  fc.record({ what: fc.constant('failover' as const), to: fc.nat(5) }),
)

test('whatever a failover takes away, the next look finds, and in the end all buckets have everything', async () => {
  const history = fc.asyncProperty(fc.array(aStep, { maxLength: 40 }), async (steps) => {
    const { member, marker, isComplete, save } = setUp({ partitions: 2, buckets: [3, 200] })
    const one = member({ 0: 0, 1: 0 })
    const offsets = [0, 0]
    const markers = () => Promise.all([3, 200].map((bucket) => Promise.all([0, 1].map((p) => marker(bucket, p)))))
    const saved = [save()]
    for (const step of steps) {
      if (step.what === 'save') saved.push(save())
      else if (step.what === 'apply') one.at(step.partition, (offsets[step.partition] ?? 0) + step.records)
      else if (step.what === 'failover') {
        const before = await markers()
        saved[step.to % saved.length]?.()
        saved.splice((step.to % saved.length) + 1)
        const after = await markers()
        await one.look()
        for (const p of [0, 1]) {
          const [was, is] = [before, after].map((all) => all.map((bucket) => bucket[p] ?? 0))
          const left = Math.min(...(is ?? []).filter((offset, b) => offset < (was?.[b] ?? 0)))
          if (left < Number.POSITIVE_INFINITY)
            expect(one.rewound.filter(({ partition }) => partition === p).at(-1)?.offset).toBe(left)
        }
      }
      if (step.what === 'look') await one.look()
      for (const { topic: _, partition, offset } of one.applied()) offsets[partition] = offset
    }
    const ends = [0, 1].map((p) => Math.max(offsets[p] ?? 0, one.end(p)))
    for (const p of [0, 1]) one.at(p, ends[p] ?? 0)
    for (const _ of [1, 2]) {
      await one.look()
      for (const p of [0, 1]) one.at(p, ends[p] ?? 0)
    }
    await one.look()
    expect([await isComplete(3), await isComplete(200), one.problems()]).toEqual([true, true, []])
    for (const bucket of await markers()) expect(bucket).toEqual(ends)
  })
  await fc.assert(history, { numRuns: 300 })
})
