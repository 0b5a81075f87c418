import { afterAll, describe, expect, test } from 'bun:test'
import { existsSync, readFileSync } from 'node:fs'
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { Glob } from 'bun'
import { parse } from 'yaml'
import { FIGURES } from '../../bench/figures.ts'
import { Results } from '../../bench/results.ts'
import { referencePages } from '../../ops/reference/pages.ts'
import packageJson from '../../package.json'
import { loadCatalog } from '../../shared/pipelines/load.ts'
import { proofsIn } from '../ci/proofs.ts'
import { createProgramPool, startCommand } from '../e2e/process.ts'
import { freePort } from '../support/free-port.ts'
import { until } from '../support/until.ts'

/** What the pages say is so: links lead somewhere, proofs exist, commands are there, and the tutorial runs as printed. */

const root = join(import.meta.dir, '../..')
const read = (path: string) => readFileSync(join(root, path), 'utf8')
const pages = [...new Glob('docs/**/*.md').scanSync(root), 'README.md', 'llms.txt'].sort()
const textOf = new Map(pages.map((path) => [path, read(path)]))

/** GitHub's anchors of a page's headings. */
const anchorsOf = (text: string): readonly string[] =>
  [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\w\s-]/g, '')
      .trim()
      .replaceAll(' ', '-'),
  )

test('every link leads to a file, and to a heading where it names one', () => {
  const dead = [...textOf].flatMap(([page, text]) =>
    [...text.matchAll(/\]\((?!https?:)([^)\s#]*)(?:#([^)]+))?\)/g)].flatMap(([link, path = '', anchor]) => {
      const target = path === '' ? page : relative(root, join(root, dirname(page), path))
      if (!existsSync(join(root, target))) return [`${page}: ${link}`]
      const missing = anchor !== undefined && target.endsWith('.md') && !anchorsOf(read(target)).includes(anchor)
      return missing ? [`${page}: ${link}`] : []
    }),
  )
  expect(dead).toEqual([])
})

test('every page is in the index, and every page for machines to read too', () => {
  const index = textOf.get('docs/README.md') ?? ''
  const unlisted = pages.filter((page) => page.startsWith('docs/') && !index.includes(page.slice('docs/'.length)))
  expect(unlisted.filter((page) => page !== 'docs/README.md')).toEqual([])
})

test('every test that a page names as its proof exists', () => {
  const proofs = [...textOf].flatMap(([page, text]) => proofsIn(text).map((proof) => ({ page, ...proof })))
  expect(proofs.length).toBeGreaterThan(80)
  const missing = proofs.filter(({ file, name }) => {
    if (!existsSync(join(root, file))) return true
    return !read(file).replaceAll("\\'", "'").includes(name)
  })
  expect(missing).toEqual([])
})

test('every figure that a page names is measured, and every line of one was', async () => {
  const results = Results.parse(await Bun.file(join(root, 'bench/results.json')).json())
  const named = [...textOf].flatMap(([page, text]) =>
    [...text.matchAll(/`npm run bench -- ([\w-]+)`(?: "([^"]+)")?/g)].map(([, figure = '', line]) => ({
      page,
      figure,
      line,
    })),
  )
  expect(named.filter(({ line }) => line !== undefined).length).toBeGreaterThan(3)
  const unknown = named.filter(({ figure, line }) => {
    if (!FIGURES.some(({ name }) => name === figure)) return true
    return line !== undefined && !results[figure]?.rows.some(({ what }) => what === line.replace(/\s+/g, ' '))
  })
  expect(unknown).toEqual([])
})

test('every shell block is run by the test of its page, or says that it is not', async () => {
  const tests = await Promise.all(
    [...new Glob('test/**/*.ts').scanSync(root)].map((path) => Bun.file(join(root, path)).text()),
  )
  const runnable = [...textOf].filter(([, text]) => /^```sh$/m.test(text)).map(([page]) => page)
  expect(runnable).toContain('docs/tutorial.md')
  const names = runnable.map((page) => page.replace(/^docs\//, ''))
  const runs = (text: string) => text.includes('```sh\\n') || text.includes("blocks('sh')")
  expect(names.filter((name) => !tests.some((text) => text.includes(name) && runs(text)))).toEqual([])
})

test('all thirteen invariants have a proof', () => {
  const items = (textOf.get('docs/architecture.md') ?? '').split(/^(?=\d+\. )/m).slice(1)
  expect(items.length).toBe(13)
  expect(items.filter((item) => proofsIn(item).length === 0)).toEqual([])
})

test('every row of what was asked for is answered, and by something', () => {
  const rows = [...(textOf.get('docs/requirements.md') ?? '').matchAll(/^\| ([GCOTF]\d+) \| .+ \| (.+) \|$/gm)]
  const ids = rows.map(([, id = '']) => id)
  const all = { G: 15, C: 13, O: 6, T: 9, F: 5 }
  const wanted = Object.entries(all).flatMap(([kind, n]) => Array.from({ length: n }, (_, i) => `${kind}${i + 1}`))
  expect(ids).toEqual(wanted)
  expect(rows.filter(([, , proof = '']) => proof.length < 10)).toEqual([])
})

test('every risk of the OWASP list has a proof', () => {
  const rows = [...(textOf.get('docs/security.md') ?? '').matchAll(/^\| (API\d+) .+$/gm)]
  expect(rows.map(([, id]) => id)).toEqual(Array.from({ length: 10 }, (_, i) => `API${i + 1}`))
  expect(rows.filter(([row]) => proofsIn(row).length === 0)).toEqual([])
})

test('every command that a page tells to run is there', () => {
  const scripts = new Set(Object.keys(packageJson.scripts))
  const unknown = [...textOf].flatMap(([page, text]) =>
    [...text.matchAll(/\b(?:npm|bun) run (?:--silent )?([\w:-]+)/g)]
      .filter(([, name = '']) => !scripts.has(name))
      .map(([command]) => `${page}: ${command}`),
  )
  expect(unknown.filter((line) => !line.includes('npm run dev'))).toEqual([])
})

test('the pages that are made from the code are as the code makes them (npm run reference)', () => {
  for (const [name, text] of referencePages()) expect(read(`docs/reference/${name}`)).toBe(text)
})

test('every alert points to a heading of the page about recovery', () => {
  const anchors = anchorsOf(textOf.get('docs/how-to/recover.md') ?? '')
  const alerts: { groups: { rules: { annotations: { runbook: string } }[] }[] } = parse(
    read('deploy/prometheus/alerts.yml'),
  )
  const runbooks = alerts.groups.flatMap(({ rules }) => rules.map(({ annotations }) => annotations.runbook))
  expect(runbooks.filter((runbook) => !anchors.includes(runbook))).toEqual([])
})

test('the pipeline that the guide shows is taken up', async () => {
  const guide = textOf.get('docs/how-to/pipeline.md') ?? ''
  const [, path = '', text = ''] = /^```yaml pipelines\/(\S+)\n([\s\S]*?)^```$/m.exec(guide) ?? []
  const folder = await mkdtemp(join(tmpdir(), 'baton-pipelines-'))
  await cp(join(root, 'pipelines'), folder, { recursive: true })
  await writeFile(join(folder, path), text)
  expect([...loadCatalog(folder).pipelines.keys()]).toContain(path.replace('.yaml', ''))
  await rm(folder, { recursive: true })
})

describe('the tutorial', () => {
  const programs = createProgramPool()
  const folder = join(tmpdir(), `baton-tutorial-${process.pid}`)
  afterAll(async () => {
    await programs.endAll()
    await rm(folder, { recursive: true, force: true })
  })

  test('runs as printed, and shows what it promises', async () => {
    await mkdir(folder, { recursive: true })
    const port = await freePort()
    const server = programs.start('start.ts', {
      DATA_DIR: folder,
      GATEWAY_PORT: String(port),
      CONDUCTOR_PORT: String(await freePort()),
      ORCHESTRATOR_PORT: String(await freePort()),
      SIMULATOR_PHASE_MS: '10',
      RATE_LIMIT_STATUS_PER_MINUTE: '0',
    })
    await until(() => server.output().includes('Baton is ready'), { timeoutMs: 20_000, what: 'the start' })
    const blocks = [...(textOf.get('docs/tutorial.md') ?? '').matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(
      ([, b = '']) => b,
    )
    // The stream is cut by the time, which a busy machine may need for its first event.
    const script = blocks
      .join('\n')
      .replaceAll('localhost:4001', `127.0.0.1:${port}`)
      .replace('--max-time 2', '--max-time 10')
    const shell = startCommand(['bash', '-euo', 'pipefail', '-c', script], root, {})
    const code = await shell.exited
    await until(() => shell.output().includes('id:') || code !== 0, { timeoutMs: 2_000, what: 'the output' })
    expect({ code, said: code === 0 ? '' : shell.output() }).toEqual({ code: 0, said: '' })
    expect(shell.output()).toContain('spellcheck: run, ')
    expect(shell.output()).toContain('nlp: 2 of 3')
    expect(shell.output()).toMatch(/^id: ?\d+$/m)
    expect(shell.output()).toMatch(/accepted\s*$/)
  }, 60_000)
})
