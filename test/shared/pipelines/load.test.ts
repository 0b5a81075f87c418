import { describe, expect, test } from 'bun:test'
import { join } from 'node:path'
import { meetsMinSuccess } from '../../../shared/pipelines/catalog.ts'
import { CatalogError, catalogOf, loadCatalog } from '../../../shared/pipelines/load.ts'

const phase = (extra = '', dependsOn = '[]') => `
  command: { topic: t, model: M }
  depends_on: ${dependsOn}
  scope: essay
  needs_prompt: false
  timeout: 30m
${extra}`

const problemsOf = (files: Record<string, string>): readonly string[] => {
  try {
    catalogOf(new Map(Object.entries(files)))
  } catch (thrown) {
    if (thrown instanceof CatalogError) return thrown.problems
    throw thrown
  }
  return []
}

describe('the pipeline files of the project', () => {
  const catalog = loadCatalog(join(import.meta.dir, '../../../pipelines'))

  test('give each pipeline its phases in the order of their dependencies', () => {
    const phasesOf = (name: string) => catalog.resolve(name)?.phases.map((entry) => entry.name)
    expect(phasesOf('ai_feedback')).toEqual(['spellcheck', 'nlp', 'ai_feedback'])
    expect(phasesOf('cj_assessment')).toEqual(['spellcheck', 'cj_assessment'])
    expect(phasesOf('nlp')).toEqual(['spellcheck', 'nlp'])
    expect(phasesOf('comprehensive')).toEqual(['spellcheck', 'cj_assessment', 'nlp', 'ai_feedback'])
  })

  test('let a phase be requested by its name, with all that it depends on', () => {
    expect(catalog.resolve('spellcheck')?.phases.map((entry) => entry.name)).toEqual(['spellcheck'])
    expect(catalog.resolve('student_matching')).toBeUndefined()
    expect(catalog.resolve('nonsense')).toBeUndefined()
  })

  test('tell of each phase all that it depends on, directly or not', () => {
    expect(catalog.phases.get('spellcheck')?.ancestors).toEqual([])
    expect(catalog.phases.get('ai_feedback')?.ancestors.toSorted()).toEqual(['nlp', 'spellcheck'])
    const files = { 'phases.yaml': `a:${phase()}\nb:${phase('', '[a]')}\nc:${phase('', '[b]')}` }
    expect(catalogOf(new Map(Object.entries(files))).phases.get('c')?.ancestors).toEqual(['a', 'b'])
  })

  test('carry durations, rules and costs as values', () => {
    expect(catalog.phases.get('cj_assessment')).toMatchObject({
      scope: 'batch',
      needsPrompt: true,
      producesText: false,
      minSuccess: 'any',
      timeoutMs: 7_200_000,
      cost: { resource: 'cj_comparison', per: 'pair' },
    })
    expect(catalog.phases.get('spellcheck')?.producesText).toBe(true)
  })
})

describe('a broken file is refused with file and line', () => {
  test('unknown dependency', () => {
    expect(problemsOf({ 'phases.yaml': `a:${phase('', '[b]')}` })).toEqual([
      'phases.yaml:3: a depends on b, which is no phase',
    ])
  })

  test('cycle', () => {
    expect(problemsOf({ 'phases.yaml': `a:${phase('', '[b]')}\nb:${phase('', '[a]')}` })).toEqual([
      'phases.yaml:3: phases depend on each other in a circle: a -> b -> a',
    ])
  })

  test('phase defined twice', () => {
    const [problem] = problemsOf({ 'phases.yaml': `a:${phase()}\na:${phase()}` })
    expect(problem).toMatch(/^phases\.yaml:8: Map keys must be unique/)
  })

  test('phase named twice by a pipeline', () => {
    const files = { 'phases.yaml': `a:${phase()}`, 'p.yaml': 'description: d\nphases:\n  - a\n  - a\n' }
    expect(problemsOf(files)).toEqual(['p.yaml:4: p names a twice'])
  })

  test('unknown key, at any depth', () => {
    expect(problemsOf({ 'phases.yaml': `a:${phase('  retries: 3\n')}` })).toEqual([
      'phases.yaml:7: unknown key "retries"',
    ])
    const files = { 'phases.yaml': `a:${phase()}`, 'p.yaml': 'description: d\nphases: [a]\nexecutoin: parallel\n' }
    expect(problemsOf(files)).toEqual(['p.yaml:3: unknown key "executoin"'])
  })

  test('a phase that is none, and a dependency that the pipeline leaves out', () => {
    const files = { 'phases.yaml': `a:${phase()}\nb:${phase('', '[a]')}`, 'p.yaml': 'description: d\nphases: [b, x]\n' }
    expect(problemsOf(files)).toEqual([
      'p.yaml:2: b depends on a, which p does not name',
      'p.yaml:2: p names x, which is no phase',
    ])
  })

  test('wrong values, all of them at once', () => {
    const problems = problemsOf({
      'phases.yaml': `a:${phase('  min_success: 120%\n')}`
        .replace('30m', 'soon')
        .replace('scope: essay', 'scope: class'),
      'p.yaml': 'phases: []\n',
    })
    expect(problems.map((problem) => problem.split(': ').slice(0, 2).join(' '))).toEqual([
      'phases.yaml:4 a.scope',
      'phases.yaml:7 a.min_success',
      'phases.yaml:6 a.timeout',
      'p.yaml:1 description',
      'p.yaml:1 phases',
    ])
  })

  test('text that is no YAML, an empty file, a missing phases file', () => {
    expect(problemsOf({ 'phases.yaml': 'a: [1\nb: 2' })[0]).toMatch(/^phases\.yaml:\d+: /)
    expect(problemsOf({ 'phases.yaml': `a:${phase()}`, 'p.yaml': '' }).length).toBe(2)
    expect(problemsOf({ 'p.yaml': 'description: d\nphases: [a]' })).toEqual(['phases.yaml: the file is missing'])
  })
})

test.each([
  ['any', 0, 3, false],
  ['any', 1, 3, true],
  ['any', 0, 0, false],
  ['all', 2, 3, false],
  ['all', 3, 3, true],
  [{ percent: 80 }, 7, 10, false],
  [{ percent: 80 }, 8, 10, true],
  [{ percent: 100 }, 0, 0, false],
] as const)('min_success %p with %p of %p is %p', (rule, succeeded, total, enough) => {
  expect(meetsMinSuccess(rule, succeeded, total)).toBe(enough)
})
