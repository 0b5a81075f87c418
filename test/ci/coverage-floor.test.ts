import { expect, test } from 'bun:test'
import { judge, parseLcov } from './coverage-floor.ts'

const record = (path: string, [linesHit, lines]: [number, number], [functionsHit, functions]: [number, number]) =>
  `TN:\nSF:${path}\nFNF:${functions}\nFNH:${functionsHit}\nDA:1,1\nLF:${lines}\nLH:${linesHit}\nend_of_record\n`

/** One file a folder, all of it covered, but for what a test says. */
const paths = [
  'conductor/a.ts',
  'console/client/a.ts',
  'gateway/a.ts',
  'orchestrator/a.ts',
  'shared/a.ts',
  'simulator/a.ts',
]
const report = (...others: string[]) =>
  parseLcov(paths.map((path) => record(path, [10, 10], [2, 2])).join('') + others.join(''))
const verdictOf = (folder: string, coverage: ReturnType<typeof parseLcov>, sources = paths) =>
  judge(coverage, sources).find((verdict) => verdict.folder === folder)

test('a report is read file by file', () => {
  expect(parseLcov(record('shared/ids.ts', [7, 9], [1, 2]) + record('shared/b.ts', [0, 0], [0, 0]))).toEqual([
    { path: 'shared/ids.ts', lines: { found: 9, hit: 7 }, functions: { found: 2, hit: 1 } },
    { path: 'shared/b.ts', lines: { found: 0, hit: 0 }, functions: { found: 0, hit: 0 } },
  ])
})

test('an empty report has no files', () => {
  expect(parseLcov('')).toEqual([])
})

test('folders that are all covered pass', () => {
  expect(judge(report(), paths).map(({ folder, ok }) => [folder, ok])).toEqual([
    ['conductor', true],
    ['console/client', true],
    ['gateway', true],
    ['orchestrator', true],
    ['shared', true],
    ['simulator', true],
  ])
})

test('lines are weighed over the folder, and exactly 90 % is enough', () => {
  const enough = verdictOf('shared', report(record('shared/b.ts', [80, 90], [2, 2])))
  expect([enough?.lines, enough?.ok]).toEqual([90, true])
  expect(verdictOf('shared', report(record('shared/b.ts', [79, 90], [2, 2])))?.ok).toBe(false)
})

test('functions are held to the floor too, each folder by itself', () => {
  const coverage = report(record('gateway/b.ts', [90, 90], [0, 2]))
  expect(verdictOf('gateway', coverage)).toMatchObject({ lines: 100, functions: 50, ok: false })
  expect(verdictOf('shared', coverage)?.ok).toBe(true)
})

test('a file with code that no test loads is named and fails its folder', () => {
  const verdict = verdictOf('shared', report(), [...paths, 'shared/forgotten.ts'])
  expect(verdict).toMatchObject({ neverLoaded: ['shared/forgotten.ts'], ok: false })
})

test('main.ts is not counted, whatever it has', () => {
  const coverage = report(record('gateway/main.ts', [0, 500], [0, 9]))
  expect(verdictOf('gateway', coverage, [...paths, 'gateway/main.ts'])).toMatchObject({ lines: 100, ok: true })
})

test('a folder without any code fails', () => {
  expect(verdictOf('shared', report(), ['gateway/a.ts'])?.ok).toBe(false)
})

test('what lies outside the folders is not looked at', () => {
  const coverage = report(record('bench/a.ts', [0, 500], [0, 9]), record('start.ts', [0, 500], [0, 9]))
  expect(judge(coverage, [...paths, 'bench/b.ts']).every(({ ok }) => ok)).toBe(true)
})
