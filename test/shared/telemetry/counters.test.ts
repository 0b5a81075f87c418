import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { Counter, Registry } from 'prom-client'
import { createCounters } from '../../../shared/telemetry/counters.ts'

const opened = () => {
  const registry = new Registry()
  return { counter: createCounters([registry]), told: () => registry.metrics() }
}

test('what was counted is told by its labels, and told again without being counted again', async () => {
  const { counter, told } = opened()
  const requests = counter('requests_total', 'Requests', ['method', 'status'])
  requests(['GET', '200'])
  requests(['GET', '404'], 3)
  requests(['GET', '200'])
  const first = await told()
  expect(first).toContain('requests_total{method="GET",status="200"} 2\n')
  expect(first).toContain('requests_total{method="GET",status="404"} 3\n')
  expect(await told()).toBe(first)
  requests(['GET', '200'])
  expect(await told()).toContain('requests_total{method="GET",status="200"} 3\n')
})

test('a counter without labels begins at 0', async () => {
  const { counter, told } = opened()
  const swept = counter('swept_total', 'Swept', [])
  expect(await told()).toContain('swept_total 0\n')
  swept([], 5)
  expect(await told()).toContain('swept_total 5\n')
})

test('whatever is counted and whenever somebody asks, the text is that of a counter of prom-client', async () => {
  const label = fc.constantFrom('', 'a', 'b"\n', '__proto__', 'count')
  const step = fc.oneof(
    fc.record({ x: label, y: label, by: fc.integer({ min: 1, max: 9 }) }),
    fc.constant('ask' as const),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
      const { counter, told } = opened()
      const plainly = new Registry()
      const plain = new Counter({ name: 'n', help: 'N', labelNames: ['x', 'y'], registers: [plainly] })
      const count = counter('n', 'N', ['x', 'y'])
      for (const one of [...steps, 'ask' as const]) {
        if (one === 'ask') {
          // Series stand in the order in which they were first heard of.
          const lines = (text: string) => text.split('\n').toSorted()
          expect(lines(await told())).toEqual(lines(await plainly.metrics()))
        } else {
          count([one.x, one.y], one.by)
          plain.inc({ x: one.x, y: one.y }, one.by)
        }
      }
    }),
  )
})
