/**
 * `bun test/ci/proofs.ts coverage/junit.xml`: whether every test that a page names as its proof ran, and passed, in the run
 * that this report is of. Exits 1 when one did not.
 */
import { join } from 'node:path'
import { Glob } from 'bun'

export interface Proof {
  readonly file: string
  /** As the file has it, with `%s` and the like. */
  readonly name: string
}

/** `` `test/x.test.ts` "name" ``, and further names of the same file behind it. */
export const proofsIn = (text: string): readonly Proof[] =>
  [...text.matchAll(/`(test\/[\w./-]+\.ts)`((?:\s*;?\s*"[^"]+")+)/g)].flatMap(([, file = '', names = '']) =>
    [...names.matchAll(/"([^"]+)"/g)].map(([, name = '']) => ({ file, name: name.replace(/\s+/g, ' ') })),
  )

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", '#39': "'" }
const unescaped = (text: string): string => text.replace(/&(#?\w+);/g, (whole, name) => ENTITIES[name] ?? whole)

const CASE = /<testcase name="([^"]*)" classname="([^"]*)"[^>]*? file="([^"]*)"[^>]*\/>/g

/** Names of the tests of each file that passed, and of what they are part of. */
export const passedIn = (report: string): ReadonlyMap<string, readonly string[]> => {
  const passed = new Map<string, string[]>()
  for (const [, name = '', parts = '', file = ''] of report.matchAll(CASE)) {
    const names = passed.get(file) ?? []
    passed.set(file, names)
    names.push(unescaped(name), ...unescaped(parts).split(' > '))
  }
  return passed
}

/** A name as its file has it, for the names of all its cases; a page leaves out what a seed adds to it. */
const patternOf = (name: string): RegExp =>
  new RegExp(`^${name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/%[spdijo]/g, '.*')}`)

/** Those that did not run, or did not pass. A contract's tests run in the files that use it, and the report names only those. */
export const unproven = (
  proofs: readonly Proof[],
  passed: ReadonlyMap<string, readonly string[]>,
): readonly Proof[] => {
  const everywhere = [...passed.values()].flat()
  const ran = (file: string) => (file.endsWith('.test.ts') ? (passed.get(file) ?? []) : everywhere)
  return proofs.filter(({ file, name }) => !ran(file).some((one) => patternOf(name).test(one)))
}

if (import.meta.main) {
  const root = join(import.meta.dir, '../..')
  const pages = [...new Glob('docs/**/*.md').scanSync(root), 'README.md']
  const texts = await Promise.all(pages.map((page) => Bun.file(join(root, page)).text()))
  const proofs = texts.flatMap(proofsIn)
  const missing = unproven(proofs, passedIn(await Bun.file(process.argv[2] ?? 'coverage/junit.xml').text()))
  for (const { file, name } of missing)
    process.stdout.write(`a page names it as proof, and it did not pass: ${file} "${name}"\n`)
  process.stdout.write(`${proofs.length - missing.length} of ${proofs.length} proofs ran\n`)
  process.exit(missing.length === 0 && proofs.length > 0 ? 0 : 1)
}
