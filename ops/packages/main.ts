/**
 * `bun run sbom` prints what production is made of (CycloneDX 1.6); `bun run licences` exits with 1 when a licence is not
 * one of those that we accept; `bun run audit` asks the registry for known holes, and says so where it has no answer.
 */
import { join } from 'node:path'
import { license, name, version } from '../../package.json'
import { auditOutcome } from './audit.ts'
import { installedPackages } from './installed.ts'
import { refusedLicences } from './licences.ts'
import { sbom } from './sbom.ts'

const root = join(import.meta.dir, '../..')
const command = process.argv[2]

if (command === 'sbom') {
  const document = sbom({ name, version, licence: license, packages: installedPackages(root) })
  process.stdout.write(`${JSON.stringify(document, undefined, 2)}\n`)
} else if (command === 'licences') {
  const packages = installedPackages(root)
  const refused = refusedLicences(packages)
  for (const line of refused) process.stderr.write(`not accepted: ${line}\n`)
  process.stdout.write(`${packages.size} packages, ${refused.length} with a licence that is not accepted\n`)
  process.exit(refused.length === 0 ? 0 : 1)
} else if (command === 'audit') {
  const child = Bun.spawn([process.execPath, 'audit'], { cwd: root, stdout: 'pipe', stderr: 'pipe' })
  const [out, err, code] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited])
  const outcome = auditOutcome(code, out + err)
  process.stdout.write(`${outcome.text}\n`)
  process.exit(outcome.code)
} else {
  process.stderr.write('usage: bun ops/packages/main.ts (sbom | licences | audit)\n')
  process.exit(2)
}
