import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { Partitioners } from 'kafkajs'
import { partitionOf } from '../../../shared/log/partitioner.ts'

const partitionMetadata = (count: number) =>
  Array.from({ length: count }, (_, partitionId) => ({
    ...{ partitionId, partitionErrorCode: 0, leader: 1, replicas: [1], isr: [1], offlineReplicas: [] },
  }))

test('a key goes where any other producer of Kafka sends it', () => {
  const theirs = Partitioners.DefaultPartitioner()
  const keys = fc.oneof(fc.string({ unit: 'binary', maxLength: 40 }), fc.uuid())
  fc.assert(
    fc.property(keys, fc.integer({ min: 1, max: 200 }), (key, count) => {
      const message = { key, value: null }
      const expected = theirs({ topic: 't', partitionMetadata: partitionMetadata(count), message })
      expect(partitionOf(new TextEncoder().encode(key), count)).toBe(expected)
    }),
    { numRuns: 500 },
  )
})

test('known keys have the partitions that Java computes', () => {
  const of = (key: string) => partitionOf(new TextEncoder().encode(key), 2 ** 31)
  // Hashes that stand in the tests of Kafka's own client.
  expect(of('21')).toBe(-973932308 & 0x7fffffff)
  expect(of('foobar')).toBe(-790332482 & 0x7fffffff)
  expect(of('a-little-bit-long-string')).toBe(-985981536 & 0x7fffffff)
  expect(of('abc')).toBe(479470107)
})
