import { describe } from 'bun:test'
import { existsSync } from 'node:fs'
import { join } from 'node:path'

/** Where `bun run tools` puts what it installs; git-ignored. */
export const TOOLS_FOLDER = join(import.meta.dir, '../../.tools')

/** The path of a program that `bun run tools` installs, or undefined. */
const find = (program: string): string | undefined => {
  const installed = join(TOOLS_FOLDER, 'venv/bin', program)
  return existsSync(installed) ? installed : (Bun.which(program) ?? undefined)
}

const describeFound = (found: string | undefined, name: string, needs: string, body: (path: string) => void): void => {
  if (found === undefined && process.env['BATON_TOOLS'] === 'required')
    throw new Error(`BATON_TOOLS=required, but ${needs} is not installed: bun run tools`)
  if (found === undefined) describe.skip(`${name} (needs ${needs}: bun run tools)`, () => body(needs))
  else describe(name, () => body(found))
}

/** `describe` with a program of `bun run tools`; skipped, with a name that says so, where it is not installed. */
export const describeTool = (program: string, name: string, body: (path: string) => void): void =>
  describeFound(find(program), name, program, body)

/** The same for a package of `test/tools/package.json`; the body gets the folder that it can be imported from. */
export const describePackage = (packageName: string, name: string, body: (path: string) => void): void => {
  const path = join(TOOLS_FOLDER, 'node/node_modules', packageName)
  describeFound(existsSync(path) ? path : undefined, name, packageName, body)
}

/** Runs a program; resolves with its exit code and all that it printed. */
export const output = async (command: readonly string[], env: Readonly<Record<string, string>> = {}) => {
  const child = Bun.spawn([...command], {
    env: { ...process.env, ...env },
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
  })
  const [out, err, code] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited])
  return { code, text: out + err }
}
