import { describe, expect, test } from 'bun:test'
import { join } from 'node:path'
import { Glob } from 'bun'

/** A script's header is its contract, so it is held against the script and against who calls it. */

const root = join(import.meta.dir, '..')
const find = (pattern: string): readonly string[] =>
  [...new Glob(pattern).scanSync(root)].filter((path) => !/^(node_modules|coverage|data|\.engines)\//.test(path)).sort()
const read = (path: string): Promise<string> => Bun.file(join(root, path)).text()

/** Header (what stands between `--[[` and `]]`) and code without comments. */
const splitScript = (text: string): { header: string; code: string } => {
  const [, header = '', rest = ''] = /^--\[\[\n([\s\S]*?)\]\]\n([\s\S]*)$/.exec(text) ?? []
  return { header, code: rest.replace(/--.*$/gm, '') }
}

/** The numbers that a header documents, and whether one of them stands for all that follow too. */
const documented = (header: string, kind: 'KEYS' | 'ARGV') => {
  const entries = [...header.matchAll(new RegExp(`^${kind}\\[(\\d+)\\](.*)$`, 'gm'))]
  const numbers = entries.map(([, n]) => Number(n))
  const rest = entries.find(([, , text]) => text?.startsWith(' and all that follow'))
  return { numbers, restFrom: rest ? Number(rest[1]) : undefined }
}

/** The numbers that the code reads one by one: `KEYS[2]`, or `unpack(KEYS, 1, 5)`. */
const readOf = (code: string, kind: 'KEYS' | 'ARGV'): readonly number[] => {
  const single = [...code.matchAll(new RegExp(`${kind}\\[(\\d+)\\]`, 'g'))].map(([, n]) => Number(n))
  const ranges = [...code.matchAll(new RegExp(`unpack\\(${kind}, (\\d+), (\\d+)\\)`, 'g'))]
  return [
    ...single,
    ...ranges.flatMap(([, first, last]) =>
      Array.from({ length: Number(last) - Number(first) + 1 }, (_, i) => Number(first) + i),
    ),
  ]
}

/** Whether the code reads one argument: by its number, or in a sweep over all of them. */
const reads = (code: string, kind: 'KEYS' | 'ARGV', n: number, isRest: boolean): boolean =>
  readOf(code, kind).includes(n) || (isRest && new RegExp(`#${kind}\\b|unpack\\(${kind}, ${n}`).test(code))

/** Script file name -> numberOfKeys, from where the scripts are imported and defined. */
const definitions = async (): Promise<ReadonlyMap<string, readonly (number | 'many')[]>> => {
  const found = new Map<string, (number | 'many')[]>()
  for (const path of find('{shared,gateway,conductor,orchestrator,simulator}/**/*.ts')) {
    const text = await read(path)
    for (const [, name = '', file = ''] of text.matchAll(/import (\w+) from '([^']+\.lua)'/g)) {
      const numbers = [...text.matchAll(new RegExp(`numberOfKeys: (\\d+|'many'),[^}]*\\b${name}\\b`, 'g'))].map(
        ([, n]) => (n === "'many'" ? 'many' : Number(n)),
      )
      const lua = join(path, '..', file)
      found.set(lua, [...(found.get(lua) ?? []), ...numbers])
    }
  }
  return found
}

const defined = await definitions()
const scripts = find('**/*.lua')

test('there are scripts to check', () => {
  expect(scripts.length).toBeGreaterThan(0)
})

describe.each(scripts.map((path) => [path]))('%s', (path) => {
  test('has a header that says what it does, takes, returns and changes', async () => {
    const { header } = splitScript(await read(path))
    expect(header.split('\n')[0]).toMatch(/^[A-Z].*/)
    expect(header).toMatch(/^Returns\s+\S/m)
    expect(header).toMatch(/^Effects\s+\S/m)
  })

  test('documents its arguments from 1 on without a gap, and reads every one of them', async () => {
    const { header, code } = splitScript(await read(path))
    for (const kind of ['KEYS', 'ARGV'] as const) {
      const { numbers, restFrom } = documented(header, kind)
      expect(numbers).toEqual(numbers.map((_, i) => i + 1))
      expect(numbers.filter((n) => !reads(code, kind, n, n === restFrom))).toEqual([])
    }
  })

  test('reads no argument that it does not document', async () => {
    const { header, code } = splitScript(await read(path))
    for (const kind of ['KEYS', 'ARGV'] as const) {
      const { numbers } = documented(header, kind)
      const used = readOf(code, kind)
      expect(used.filter((n) => !numbers.includes(n))).toEqual([])
    }
  })

  // What lies in a `lib` folder is put before other scripts and is not called by itself.
  const isPiece = path.includes('/lib/')

  test(isPiece ? 'takes no keys of its own' : 'is called with as many keys as it documents', async () => {
    const { header } = splitScript(await read(path))
    const { numbers, restFrom } = documented(header, 'KEYS')
    const numbersOfKeys = isPiece ? [0] : (defined.get(path) ?? [])
    expect(numbersOfKeys.length).toBeGreaterThan(0)
    const expected = restFrom === undefined ? numbers.length : 'many'
    expect(numbersOfKeys.filter((n) => n !== expected)).toEqual([])
  })
})
