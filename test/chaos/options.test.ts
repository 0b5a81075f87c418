import { expect, test } from 'bun:test'
import { parseOptions } from './options.ts'

test('without options it is 2,000 batches and a kill every 4 s, of two of each service', () => {
  expect(parseOptions([])).toMatchObject({ batches: 2_000, everyMs: 4_000, replicas: 2, fsync: 'everysec' })
})

test('options are taken as they are given', () => {
  const args = ['--batches', '40', '--seconds', '0.5', '--seed', '7', '--fsync', 'always', '--minutes', '2']
  const expected = { batches: 40, everyMs: 500, seed: 7, fsync: 'always', limitMs: 120_000 } as const
  expect(parseOptions(args)).toMatchObject(expected)
})

test.each([
  [['--batches', 'many'], '--batches'],
  [['--batches', '0'], '--batches'],
  [['--fsync', 'never'], '--fsync'],
  [['--colour', 'red'], '--colour'],
])('%p is refused by its name', (args, name) => {
  expect(() => parseOptions(args)).toThrow(name)
})
