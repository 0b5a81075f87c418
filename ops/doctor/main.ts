/**
 * `bun run doctor [--json]`: looks at the configuration in the environment and at the engines that it names, and says what
 * is wrong and how to mend it. Exit code 1 when something is wrong, 0 when there are at most warnings. Changes nothing.
 */
import { version } from '../../package.json'
import { createLogger } from '../../shared/telemetry/logger.ts'
import { examine } from './examine.ts'

const logger = createLogger({ service: 'doctor', level: 'error', write: (line) => process.stderr.write(line) })
process.removeAllListeners('warning')
const findings = await examine({ environment: process.env, version, logger })
const errors = findings.filter(({ severity }) => severity === 'error').length

if (process.argv.includes('--json')) process.stdout.write(`${JSON.stringify(findings, undefined, 2)}\n`)
else {
  for (const { severity, check, problem, fix } of findings)
    process.stdout.write(
      `${severity === 'error' ? 'wrong  ' : 'warning'}  ${check}: ${problem}\n         mend it: ${fix}\n`,
    )
  process.stdout.write(`${errors} wrong, ${findings.length - errors} warning(s)\n`)
}
process.exit(errors > 0 ? 1 : 0)
