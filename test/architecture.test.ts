import { describe, expect, test } from 'bun:test'
import { join, relative } from 'node:path'
import { Glob } from 'bun'

/** The rules of the layout, held against every source file (design section 3). */

const root = join(import.meta.dir, '..')
const FOLDERS = ['gateway', 'conductor', 'orchestrator', 'simulator', 'console', 'shared'] as const

const sources = FOLDERS.flatMap((folder) =>
  [...new Glob(`${folder}/**/*.{ts,tsx}`).scanSync(root)].filter((path) => !path.endsWith('.d.ts')),
).sort()
const textOf = new Map(
  await Promise.all(sources.map(async (path) => [path, await Bun.file(join(root, path)).text()] as const)),
)

/** `path: line` of every line that matches, comments left out. */
const linesWith = (pattern: RegExp, allowed: (path: string) => boolean): readonly string[] =>
  [...textOf].flatMap(([path, text]) =>
    allowed(path)
      ? []
      : text
          .split('\n')
          .filter((line) => !/^\s*(\/\/|\*|\/\*)/.test(line) && pattern.test(line))
          .map((line) => `${path}: ${line.trim()}`),
  )

test('kafkajs is imported in one folder only', () => {
  expect(linesWith(/from 'kafkajs'/, (path) => path.startsWith('shared/log/kafka/'))).toEqual([])
})

test('ioredis is imported in one folder only', () => {
  expect(linesWith(/from 'ioredis'/, (path) => path.startsWith('shared/store/redis/'))).toEqual([])
})

test('only a main file reads the environment', () => {
  // In quotes it is the name of what a bundler replaces in a browser's code.
  expect(linesWith(/(?<!')(process\.env|Bun\.env|import\.meta\.env)/, (path) => path.endsWith('/main.ts'))).toEqual([])
})

test('no service imports another service', () => {
  const crossings = [...textOf].flatMap(([path, text]) => {
    const own = path.split('/')[0]
    return [...text.matchAll(/from '(\.[^']+)'/g)]
      .map(([, target = '']) => relative(root, join(root, path, '..', target)).split('/')[0])
      .filter((folder) => FOLDERS.some((name) => name === folder) && folder !== own && folder !== 'shared')
      .map((folder) => `${path} imports ${folder}`)
  })
  expect(crossings).toEqual([])
})

test('no code knows a phase by its name', () => {
  const phase = /(===|!==|case)\s*'(spellcheck|nlp|ai_feedback|cj_assessment)'/
  expect(linesWith(phase, () => false)).toEqual([])
})

test('no source file is longer than 200 lines', () => {
  const long = [...textOf]
    .map(([path, text]) => [path, text.split('\n').length - 1] as const)
    // What is made by a generator is as long as it is.
    .filter(([path, n]) => n > 200 && path !== 'console/client/openapi.ts')
  expect(long).toEqual([])
})

describe('importing a module does nothing', () => {
  const modules = sources.filter((path) => !/\/main\.tsx?$/.test(path))

  test('with an empty environment every module but the main files can be imported, and the process then ends by itself', async () => {
    const script = modules.map((path) => `await import(${JSON.stringify(join(root, path))})`).join('\n')
    const child = Bun.spawn([process.execPath, '-e', script], { cwd: root, env: {}, stdout: 'pipe', stderr: 'pipe' })
    const [code, out, err] = await Promise.all([
      child.exited,
      new Response(child.stdout).text(),
      new Response(child.stderr).text(),
    ])
    expect({ code, out, err }).toEqual({ code: 0, out: '', err: '' })
  }, 20_000)
})
