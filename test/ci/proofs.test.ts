import { expect, test } from 'bun:test'
import { passedIn, proofsIn, unproven } from './proofs.ts'

const REPORT = `<?xml version="1.0"?>
<testsuites name="bun test" tests="4">
  <testsuite name="test/a.test.ts" file="test/a.test.ts">
    <testcase name="says &quot;no&quot; &amp; goes" classname="" time="0" file="test/a.test.ts" line="1" assertions="1" />
    <testcase name="is a 404 for bo" classname="routes &gt; of batches" time="0" file="test/a.test.ts" line="2" assertions="1" />
    <testcase name="failed" classname="" time="0" file="test/a.test.ts" line="3" assertions="1">
      <failure type="AssertionError" />
    </testcase>
    <testcase name="skipped" classname="" time="0" file="test/a.test.ts" line="4" assertions="0">
      <skipped />
    </testcase>
  </testsuite>
</testsuites>`

test('a page names files and the tests in them', () => {
  const page = 'As `test/a.test.ts` "is a %d\n  for %s" and "another"; `test/b.test.ts` "it"; `npm run bench`.'
  expect(proofsIn(page)).toEqual([
    { file: 'test/a.test.ts', name: 'is a %d for %s' },
    { file: 'test/b.test.ts', name: 'it' },
  ])
  expect(proofsIn('`test/a.test.ts` "one"; "two"').map(({ name }) => name)).toEqual(['one', 'two'])
})

test('what passed is a proof, by its name or that of its cases; what failed, was skipped or never ran is none', () => {
  const passed = passedIn(REPORT)
  const proof = (name: string, file = 'test/a.test.ts') => ({ file, name })
  expect(
    unproven([proof('says "no" & goes'), proof('is a %d for %s'), proof('is a 404'), proof('of batches')], passed),
  ).toEqual([])
  expect(unproven([proof('is a %d for %s', 'test/contract.ts')], passed)).toEqual([])
  const missing = [proof('failed'), proof('skipped'), proof('never'), proof('a 404'), proof('it', 'test/b.test.ts')]
  expect(unproven(missing, passed)).toEqual(missing)
})

test('the command names what is missing, and fails', async () => {
  const report = `${import.meta.dir}/../../node_modules/.no-report.xml`
  await Bun.write(report, REPORT)
  const ran = Bun.spawnSync([process.execPath, `${import.meta.dir}/proofs.ts`, report])
  expect(ran.exitCode).toBe(1)
  expect(ran.stdout.toString()).toMatch(/^a page names it as proof, and it did not pass: test\/.*"$/m)
  await Bun.file(report).delete()
})
