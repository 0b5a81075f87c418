import { afterEach, expect, test } from 'bun:test'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { reloadingCatalog } from '../../../shared/pipelines/live.ts'
import { CatalogError } from '../../../shared/pipelines/load.ts'
import { recordingLogger } from '../../support/silent.ts'
import { until } from '../../support/until.ts'

const PHASE = 'command: { topic: t, model: M }, depends_on: [], scope: essay, needs_prompt: false, timeout: 30m'
const undo: (() => unknown)[] = []
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step()
})

const folderWith = (files: Readonly<Record<string, string>>) => {
  const folder = mkdtempSync(join(tmpdir(), 'baton-pipelines-'))
  undo.push(() => rmSync(folder, { recursive: true }))
  const write = (name: string, text: string) => writeFileSync(join(folder, name), text)
  for (const [name, text] of Object.entries(files)) write(name, text)
  return { folder, write }
}

const live = (options: { readonly watch?: boolean; readonly accept?: (catalog: unknown) => unknown } = {}) => {
  const { folder, write } = folderWith({
    'phases.yaml': `one: { ${PHASE} }\ntwo: { ${PHASE} }`,
    'first.yaml': 'description: First\nphases: [one]',
  })
  const logger = recordingLogger()
  const hangUp: (() => void)[] = []
  const catalog = reloadingCatalog({
    folder,
    logger,
    watch: options.watch ?? false,
    accept: options.accept,
    lifecycle: { onStop: (_, step) => void undo.push(step) },
    host: { on: (_, listener) => hangUp.push(listener) },
  })
  return { folder, write, catalog, lines: logger.lines, sighup: () => hangUp.forEach((listener) => void listener()) }
}

test('on SIGHUP a new pipeline is there, for whoever holds the catalog', () => {
  const { catalog, write, sighup } = live()
  write('second.yaml', 'description: Second\nphases: [one, two]')
  expect(catalog.resolve('second')).toBeUndefined()
  sighup()
  expect(catalog.resolve('second')?.phases.map(({ name }) => name)).toEqual(['one', 'two'])
  expect([...catalog.pipelines.keys()]).toEqual(['first', 'second'])
  expect([...catalog.phases.keys()]).toEqual(['one', 'two'])
})

test('a bad file is refused with file and line, and what was loaded stays', () => {
  const { catalog, folder, write, sighup, lines } = live()
  write('second.yaml', 'description: Second\nphases:\n  - one\n  - three')
  sighup()
  expect([...catalog.pipelines.keys()]).toEqual(['first'])
  expect(lines.at(-1)).toMatchObject({
    level: 'error',
    fields: { problems: [`${join(folder, 'second.yaml')}:4: second names three, which is no phase`] },
  })
  write('second.yaml', 'description: Second\nphases: [two]')
  sighup()
  expect([...catalog.pipelines.keys()]).toEqual(['first', 'second'])
})

test('a folder that is gone is refused too', () => {
  const { catalog, folder, sighup, lines } = live()
  undo.length = 0
  rmSync(folder, { recursive: true })
  sighup()
  expect([...catalog.pipelines.keys()]).toEqual(['first'])
  expect(lines.at(-1)?.level).toBe('error')
})

test('a catalog that the service cannot work with stops the start, and later is refused', () => {
  let works = false
  const accept = () => {
    if (!works) throw new CatalogError(['phases.yaml: one: there is no command M'])
  }
  expect(() => live({ accept })).toThrow('there is no command M')
  works = true
  const { catalog, write, sighup } = live({ accept })
  works = false
  write('second.yaml', 'description: Second\nphases: [two]')
  sighup()
  expect([...catalog.pipelines.keys()]).toEqual(['first'])
})

test('in development a file that changes is read without being asked', async () => {
  const { catalog, write } = live({ watch: true })
  write('second.yaml', 'description: Second\nphases: [two]')
  await until(() => catalog.resolve('second'), { timeoutMs: 5_000, what: 'the second pipeline' })
})
