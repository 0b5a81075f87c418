/**
 * `bun test/ci/counts.ts coverage/junit.xml EXIT_CODE`: one line, how many tests passed, failed and were skipped. Exits 1
 * when one failed or none passed.
 */

export interface Counts {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
}

/**
 * Reads the totals of a JUnit report. A run that ended with another code than 0 has at least one failure, also when the
 * report does not know it: a file that did not load, an error between two tests, a report that was never written.
 */
export const readCounts = (report: string, exitCode: number): Counts => {
  const totals = /<testsuites\b[^>]*>/.exec(report)?.[0] ?? ''
  const total = (name: string) => Number(new RegExp(`\\b${name}="(\\d+)"`).exec(totals)?.[1] ?? 0)
  const [skipped, failures] = [total('skipped'), total('failures') + total('errors')]
  return {
    passed: Math.max(0, total('tests') - failures - skipped),
    failed: exitCode === 0 ? failures : Math.max(1, failures),
    skipped,
  }
}

if (import.meta.main) {
  const report = Bun.file(process.argv[2] ?? 'coverage/junit.xml')
  const exitCode = Number(process.argv[3] ?? 0)
  const counts = readCounts((await report.exists()) ? await report.text() : '', exitCode)
  const skipped = counts.skipped > 0 ? `, ${counts.skipped} skipped` : ''
  process.stdout.write(`${counts.passed} passed, ${counts.failed} failed${skipped}\n`)
  process.exit(counts.failed === 0 && counts.passed > 0 ? 0 : 1)
}
