import { expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { keepResult, Results } from '../../../bench/results.ts'
import { scalingPage } from '../../../ops/scaling/page.ts'
import { plotOf } from '../../../ops/scaling/plot.ts'
import { plotsOf } from '../../../ops/scaling/plots.ts'
import { simulateDay } from '../../../ops/scaling/simulate.ts'

const root = join(import.meta.dir, '../../..')
const day = { perDay: 8_640_000, peak: 1, serviceSeconds: 0.01, seconds: 600, seed: 7 }

test('servers that are half idle keep nobody waiting long, too few servers do', () => {
  const enough = simulateDay({ ...day, servers: 4 })
  const few = simulateDay({ ...day, servers: 1 })
  expect(enough.load).toBeCloseTo(0.25)
  expect(enough.p99).toBeLessThan(0.02)
  expect(few.load).toBeCloseTo(1)
  expect(few.p99).toBeGreaterThan(10 * enough.p99)
})

test('one server at half load waits as queueing theory says', () => {
  // M/M/1: the mean wait is the service time at load 1/2, and half of the pieces do not wait at all.
  const { median, p99 } = simulateDay({ ...day, perDay: 4_320_000, servers: 1, seconds: 3_000 })
  expect(median).toBeLessThan(0.002)
  expect(p99).toBeGreaterThan(0.06)
  expect(p99).toBeLessThan(0.1)
})

test('the same seed gives the same day', () => {
  expect(simulateDay({ ...day, servers: 2 })).toEqual(simulateDay({ ...day, servers: 2 }))
})

test('the page about scaling is made of what was measured (npm run scaling)', () => {
  const results = Results.parse(JSON.parse(readFileSync(join(root, 'bench/results.json'), 'utf8')))
  expect(readFileSync(join(root, 'docs/scaling.md'), 'utf8')).toBe(scalingPage(results))
  for (const [name, plot] of plotsOf(results)) expect(readFileSync(join(root, 'docs/images', name), 'utf8')).toBe(plot)
})

test('a plot has a bar for each ratio, as long as it, and its words cannot break the picture', () => {
  const plot = plotOf('Half & half', [
    { name: 'all <of> it', ratio: 1 },
    { name: 'half', ratio: 0.5 },
  ])
  const widths = [...plot.matchAll(/<rect [^>]*width="(\d+)"/g)].map(([, width]) => Number(width))
  expect(widths).toHaveLength(2)
  expect(widths[1]).toBe((widths[0] ?? 0) / 2)
  expect(plot).toContain('all &lt;of&gt; it')
  expect(plot).toContain('aria-label="Half &amp; half"')
})

test('results that lack a figure are told, with the command that measures it', () => {
  expect(() => scalingPage({})).toThrow('npm run bench -- requests')
})

test('a figure that is measured again takes the place of its last result, and leaves the others', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'baton-results-'))
  const file = join(folder, 'results.json')
  const figure = (name: string) => ({ name, about: 'about', measure: async () => [] })
  const row = (value: number) => [{ what: 'things/s', value, ceiling: 2 * value }]
  for (const [name, value] of [
    ['b', 1],
    ['a', 123_456],
    ['b', 2],
  ] as const)
    await keepResult({ machine: 'm', figure: figure(name), rows: row(value) }, file)
  const results = Results.parse(JSON.parse(await readFile(file, 'utf8')))
  expect(Object.keys(results)).toEqual(['a', 'b'])
  expect(results['b']?.rows).toEqual([{ what: 'things/s', value: 2, ceiling: 4 }])
  expect(results['a']?.rows[0]?.value).toBe(123_500)
  await rm(folder, { recursive: true })
})
