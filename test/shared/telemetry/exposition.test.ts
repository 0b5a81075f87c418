import { expect, test } from 'bun:test'
import { samplesOf, sumOf } from '../../../shared/telemetry/exposition.ts'

const TEXT = `# TYPE a_total counter
a_total{x="1",y="with \\"quotes\\" and a }"} 3
a_total{x="2"} 4.5
up 1

nonsense
`

test('samples are read with their labels; what is no sample is left out', () => {
  expect(samplesOf(TEXT)).toEqual([
    { name: 'a_total', labels: { x: '1', y: 'with \\"quotes\\" and a }' }, value: 3 },
    { name: 'a_total', labels: { x: '2' }, value: 4.5 },
    { name: 'up', labels: {}, value: 1 },
  ])
})

test('a sum counts only what has all of the labels', () => {
  const samples = samplesOf(TEXT)
  expect([sumOf(samples, 'a_total'), sumOf(samples, 'a_total', { x: '2' }), sumOf(samples, 'b')]).toEqual([7.5, 4.5, 0])
})
