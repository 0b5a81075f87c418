/**
 * `bun run tools`: installs what checks of the deployment files use, in `.tools/` and from Debian's packages. Without it
 * those tests are skipped, and their names say what is missing.
 */
import { existsSync } from 'node:fs'
import { cp, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { asError } from '../../shared/errors.ts'
import { retried, run } from '../engines/install.ts'
import { TOOLS_FOLDER } from '../support/tools.ts'

const DEBIAN = [
  { program: 'promtool', package: 'prometheus' },
  { program: 'nginx', package: 'nginx-light' },
]

const python = async (): Promise<void> => {
  const venv = join(TOOLS_FOLDER, 'venv')
  if (!existsSync(join(venv, 'bin/pip'))) await run(['python3', '-m', 'venv', venv])
  const requirements = join(import.meta.dir, 'requirements.txt')
  await retried(() => run([join(venv, 'bin/pip'), 'install', '-q', '--disable-pip-version-check', '-r', requirements]))
}

const node = async (): Promise<void> => {
  const folder = join(TOOLS_FOLDER, 'node')
  await mkdir(folder, { recursive: true })
  for (const file of ['package.json', 'bun.lock']) await cp(join(import.meta.dir, file), join(folder, file))
  await retried(() => run([process.execPath, 'install', '--silent', '--frozen-lockfile', '--cwd', folder]))
}

const debian = async (): Promise<void> => {
  const missing = DEBIAN.filter(({ program }) => Bun.which(program) === null).map((tool) => tool.package)
  if (missing.length === 0) return
  if (process.getuid?.() !== 0 || Bun.which('apt-get') === null)
    throw new Error(`${missing.join(', ')}: install them by hand; only root on Debian can do it for you`)
  await retried(async () => {
    await run(['apt-get', 'update', '-qq'])
    await run(['apt-get', 'install', '-y', '-qq', '--no-install-recommends', ...missing])
  })
}

const results = await Promise.allSettled([python(), node(), debian()])
const failures = results.flatMap((result) => (result.status === 'rejected' ? [asError(result.reason).message] : []))
for (const failure of failures) process.stderr.write(`tools: ${failure}\n`)
process.exit(failures.length === 0 ? 0 : 1)
