/**
 * `bun test/ci/coverage-floor.ts coverage/lcov.info`: exits 1 when a folder of ours is covered less than the floor.
 */
import { Glob } from 'bun'

const FOLDERS = ['conductor', 'console/client', 'gateway', 'orchestrator', 'shared', 'simulator'] as const
/** Per cent, of lines and of functions, for each folder by itself. */
const FLOOR = 90
/**
 * Not counted, as they cannot be covered in this process: what reads the environment and listens runs as a process of
 * its own in the end-to-end tests, where coverage does not reach.
 */
const SUBPROCESS_ONLY = /(^|\/)main\.ts$/

export interface FileCoverage {
  readonly path: string
  readonly lines: { readonly found: number; readonly hit: number }
  readonly functions: { readonly found: number; readonly hit: number }
}

/** Reads an lcov report: one record a source file, with its counts. Other fields are left aside. */
export const parseLcov = (report: string): readonly FileCoverage[] =>
  report
    .split('end_of_record')
    .filter((record) => record.includes('SF:'))
    .map((record) => {
      const field = (name: string) => new RegExp(`^${name}:(.*)$`, 'm').exec(record)?.[1]?.trim()
      const count = (name: string) => Number(field(name) ?? 0)
      return {
        path: field('SF') ?? '',
        lines: { found: count('LF'), hit: count('LH') },
        functions: { found: count('FNF'), hit: count('FNH') },
      }
    })

export interface FolderVerdict {
  readonly folder: string
  /** Per cent; 0 of nothing. */
  readonly lines: number
  readonly functions: number
  /** Files with code that no test loaded: the report does not know them, so they would count as nothing. */
  readonly neverLoaded: readonly string[]
  readonly ok: boolean
}

const percent = (counts: readonly { found: number; hit: number }[]): number => {
  const found = counts.reduce((sum, count) => sum + count.found, 0)
  const hit = counts.reduce((sum, count) => sum + count.hit, 0)
  return found === 0 ? 0 : (100 * hit) / found
}

/** Holds each folder against the floor. `sources` are all files with code, as paths from the root of the repository. */
export const judge = (coverage: readonly FileCoverage[], sources: readonly string[]): readonly FolderVerdict[] =>
  FOLDERS.map((folder) => {
    const counts = (path: string) => path.startsWith(`${folder}/`) && !SUBPROCESS_ONLY.test(path)
    const covered = coverage.filter(({ path }) => counts(path))
    const loaded = new Set(covered.map(({ path }) => path))
    const lines = percent(covered.map((file) => file.lines))
    const functions = percent(covered.map((file) => file.functions))
    const expected = sources.filter(counts)
    const neverLoaded = expected.filter((path) => !loaded.has(path))
    // A folder without code means that the floor looks at the wrong place, not that all is well.
    const complete = expected.length > 0 && neverLoaded.length === 0
    return { folder, lines, functions, neverLoaded, ok: complete && Math.min(lines, functions) >= FLOOR }
  })

/** Files of only types leave no code behind and cannot be loaded. */
const hasCode = async (path: string): Promise<boolean> =>
  new Bun.Transpiler({ loader: 'ts' }).transformSync(await Bun.file(path).text()).trim() !== ''

const sourcesWithCode = async (): Promise<readonly string[]> => {
  const paths = FOLDERS.flatMap((folder) => [...new Glob(`${folder}/**/*.ts`).scanSync()])
  const withCode = await Promise.all(
    paths.filter((path) => !path.endsWith('.d.ts')).map(async (path) => (await hasCode(path)) && path),
  )
  return withCode.filter((path) => path !== false).sort()
}

if (import.meta.main) {
  const path = process.argv[2] ?? 'coverage/lcov.info'
  const report = Bun.file(path)
  if (!(await report.exists())) {
    process.stderr.write(`there is no coverage report at ${path}: did the tests run with --coverage?\n`)
    process.exit(1)
  }
  const verdicts = judge(parseLcov(await report.text()), await sourcesWithCode())
  for (const { folder, lines, functions, neverLoaded, ok } of verdicts) {
    const shares = `lines ${lines.toFixed(1)} %, functions ${functions.toFixed(1)} %`
    process.stdout.write(`${ok ? 'ok  ' : 'LOW '} ${folder}: ${shares} (floor ${FLOOR} %)\n`)
    for (const path of neverLoaded) process.stdout.write(`     no test loads ${path}\n`)
  }
  process.exit(verdicts.every(({ ok }) => ok) ? 0 : 1)
}
