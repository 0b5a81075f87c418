import { expect, test } from 'bun:test'
import { readCounts } from './counts.ts'

const report = (attributes: string) =>
  `<?xml version="1.0"?>\n<testsuites name="bun test" ${attributes} time="0.1">\n<testsuite name="a" tests="99" failures="99" />`

test('the totals of the whole run are read, not those of a file', () => {
  const counts = readCounts(report('tests="12" assertions="40" failures="2" skipped="3"'), 1)
  expect(counts).toEqual({ passed: 7, failed: 2, skipped: 3 })
})

test('a run that failed outside of any test has one failure', () => {
  expect(readCounts(report('tests="5" assertions="5" failures="0" skipped="0"'), 1)).toMatchObject({
    passed: 5,
    failed: 1,
  })
})

test('a failure counts also when the run ended with 0', () => {
  expect(readCounts(report('tests="5" assertions="5" failures="1" skipped="0"'), 0)).toMatchObject({
    passed: 4,
    failed: 1,
  })
})

test('no report and a failed run is a failure', () => {
  expect(readCounts('', 1)).toEqual({ passed: 0, failed: 1, skipped: 0 })
})

test('the command prints the line that stands alone, and fails when no test passed', () => {
  const missing = Bun.spawnSync([process.execPath, `${import.meta.dir}/counts.ts`, '/nowhere/junit.xml', '0'])
  expect([missing.stdout.toString(), missing.exitCode]).toEqual(['0 passed, 0 failed\n', 1])
})
