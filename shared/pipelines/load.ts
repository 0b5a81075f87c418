import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { Catalog, PhaseDefinition, Pipeline } from './catalog.ts'
import { type Dependencies, findCycle, inOrder } from './order.ts'
import { PhasesFile, PipelineFile } from './schema.ts'
import { readYaml, type YamlFile } from './yaml-file.ts'

/** The pipeline files are wrong: one message that names every problem with file and line. */
export class CatalogError extends Error {
  override name = 'CatalogError'
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    super(`The pipeline files have ${problems.length} problem(s):\n${problems.map((line) => `  ${line}`).join('\n')}`)
    this.problems = problems
  }
}

const PHASES = 'phases.yaml'

/** Reads `phases.yaml` and one file a pipeline from a folder. Throws a `CatalogError` that lists all that is wrong. */
export const loadCatalog = (folder: string): Catalog => {
  const names = readdirSync(folder).filter((name) => name.endsWith('.yaml'))
  const files = new Map(names.map((name) => [name, readFileSync(join(folder, name), 'utf8')]))
  return catalogOf(files, (name) => join(folder, name))
}

/** As `loadCatalog`, from texts by file name; `display` makes the name that a problem shows. */
export const catalogOf = (
  files: ReadonlyMap<string, string>,
  display: (name: string) => string = (name) => name,
): Catalog => {
  const phasesText = files.get(PHASES)
  if (phasesText === undefined) throw new CatalogError([`${display(PHASES)}: the file is missing`])
  const phasesFile = readYaml(display(PHASES), phasesText, PhasesFile)
  const pipelineFiles = [...files]
    .filter(([name]) => name !== PHASES)
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([name, text]) => ({ name: basename(name, '.yaml'), file: readYaml(display(name), text, PipelineFile) }))

  const problems = [
    ...phasesFile.problems,
    ...phaseProblems(phasesFile),
    ...pipelineFiles.flatMap(({ name, file }) => [...file.problems, ...pipelineProblems(name, file, phasesFile.value)]),
  ]
  if (problems.length > 0 || phasesFile.value === undefined) throw new CatalogError(problems)

  const entries = Object.entries(phasesFile.value)
  const dependencies = new Map(entries.map(([name, entry]) => [name, entry.depends_on]))
  const phases = new Map(entries.map(([name, entry]) => [name, phaseOf(name, entry, dependencies)]))
  const pick = (wanted: readonly string[]): readonly PhaseDefinition[] =>
    inOrder(wanted, dependencies).flatMap((name) => phases.get(name) ?? [])

  const pipelines = new Map<string, Pipeline>()
  for (const { name, file } of pipelineFiles) {
    if (file.value) pipelines.set(name, { name, ...file.value, phases: pick(file.value.phases) })
  }
  return {
    phases,
    pipelines,
    resolve(requested) {
      const pipeline = pipelines.get(requested)
      if (pipeline || !phases.has(requested)) return pipeline
      const description = `${requested} and what it depends on`
      return { name: requested, description, execution: 'sequential', phases: pick([requested]) }
    },
  }
}

const phaseOf = (name: string, entry: PhasesFile[string], dependencies: Dependencies): PhaseDefinition => ({
  name,
  command: entry.command,
  dependsOn: entry.depends_on,
  ancestors: inOrder([name], dependencies).filter((other) => other !== name),
  scope: entry.scope,
  needsPrompt: entry.needs_prompt,
  producesText: entry.produces === 'text',
  minSuccess: entry.min_success,
  timeoutMs: entry.timeout,
  attempts: entry.attempts,
  cost: entry.cost,
})

const phaseProblems = ({ value, where }: YamlFile<PhasesFile>): readonly string[] => {
  if (!value) return []
  const unknown = Object.entries(value).flatMap(([name, { depends_on }]) =>
    depends_on
      .filter((dependency) => !(dependency in value))
      .map((dependency) => `${where([name, 'depends_on'])}: ${name} depends on ${dependency}, which is no phase`),
  )
  const cycle = findCycle(new Map(Object.entries(value).map(([name, { depends_on }]) => [name, depends_on])))
  return cycle?.[0] === undefined
    ? unknown
    : [...unknown, `${where([cycle[0], 'depends_on'])}: phases depend on each other in a circle: ${cycle.join(' -> ')}`]
}

const pipelineProblems = (
  name: string,
  { value, where }: YamlFile<PipelineFile>,
  phases: PhasesFile | undefined,
): readonly string[] => {
  if (!value || !phases) return []
  const listed = new Set(value.phases)
  return value.phases.flatMap((phase, index) => {
    const line = where(['phases', index])
    const definition = phases[phase]
    if (!definition) return [`${line}: ${name} names ${phase}, which is no phase`]
    if (value.phases.indexOf(phase) < index) return [`${line}: ${name} names ${phase} twice`]
    return definition.depends_on
      .filter((dependency) => !listed.has(dependency))
      .map((dependency) => `${line}: ${phase} depends on ${dependency}, which ${name} does not name`)
  })
}
