import { cp, mkdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/** One instruction of a Dockerfile, its line continuations joined and its comments left out. */
export interface Instruction {
  readonly name: string
  readonly rest: string
}

export interface Stage {
  readonly name: string
  readonly base: string
  readonly instructions: readonly Instruction[]
}

const instructionsOf = (text: string): readonly Instruction[] =>
  text
    .split('\n')
    .filter((line) => !line.trim().startsWith('#'))
    .join('\n')
    .replace(/\\\n\s*/g, ' ')
    .split('\n')
    .flatMap((line) => {
      const [, name = '', rest = ''] = /^([A-Z]+)\s+(.*)$/.exec(line.trim()) ?? []
      return name === '' ? [] : [{ name, rest: rest.trim() }]
    })

/** The stages in order; enough of the language for our own file. */
export const stagesOf = (text: string): readonly Stage[] => {
  const stages: { name: string; base: string; instructions: Instruction[] }[] = []
  for (const instruction of instructionsOf(text)) {
    if (instruction.name === 'FROM') {
      const [base = '', , name = 'final'] = instruction.rest.split(/\s+/)
      stages.push({ name, base, instructions: [] })
    } else stages.at(-1)?.instructions.push(instruction)
  }
  return stages
}

/** `ENV` and `ARG` defaults of a stage, with `${NAME}` put in. */
export const environmentOf = ({ instructions }: Stage): Readonly<Record<string, string>> => {
  const values: Record<string, string> = {}
  for (const { name, rest } of instructions)
    if (name === 'ENV' || name === 'ARG')
      for (const [, key = '', value = ''] of rest.matchAll(/(\w+)=(\S+)/g))
        values[key] = value.replace(/\$\{(\w+)\}/g, (_, ref: string) => values[ref] ?? '')
  return values
}

/** What `CMD` or `HEALTHCHECK ... CMD` runs. */
export const commandOf = ({ instructions }: Stage, name: 'CMD' | 'HEALTHCHECK'): readonly string[] => {
  const rest = instructions.find((instruction) => instruction.name === name)?.rest ?? ''
  return JSON.parse(rest.slice(rest.indexOf('[')))
}

/** Paths that `.dockerignore` lets in: ours excludes everything and then names what is wanted. */
const isWanted = async (root: string): Promise<(path: string) => boolean> => {
  const lines = (await readFile(join(root, '.dockerignore'), 'utf8')).split('\n')
  const wanted = lines.filter((line) => line.startsWith('!')).map((line) => line.slice(1))
  return (path) => wanted.some((prefix) => path === prefix || path.startsWith(`${prefix}/`))
}

/**
 * Assembles in a folder what the last stage would hold, without a container engine: the same files by the same COPY and
 * RUN instructions, each stage in a folder of its own. Resolves with the last stage's folder.
 */
export const assembleImage = async (root: string, folder: string): Promise<{ app: string; stage: Stage }> => {
  const stages = stagesOf(await readFile(join(root, 'Dockerfile'), 'utf8'))
  const wanted = await isWanted(root)
  const workdir = (name: string) => join(folder, name, 'app')
  for (const stage of stages) {
    const app = workdir(stage.name)
    await mkdir(app, { recursive: true })
    for (const { name, rest } of stage.instructions) {
      if (name === 'COPY') await copy(rest, { root, app, wanted, workdir })
      if (name === 'RUN') await run(rest, app)
    }
  }
  const stage = stages.at(-1)
  if (!stage) throw new Error('the Dockerfile has no stage')
  return { app: workdir(stage.name), stage }
}

interface CopyPlaces {
  readonly root: string
  readonly app: string
  readonly wanted: (path: string) => boolean
  readonly workdir: (stage: string) => string
}

const copy = async (rest: string, { root, app, wanted, workdir }: CopyPlaces): Promise<void> => {
  const [, from, paths = rest] = /^--from=(\S+)\s+(.*)$/.exec(rest) ?? []
  const parts = paths.split(/\s+/)
  const to = parts.pop() ?? '.'
  for (const path of parts) {
    if (from === undefined && !wanted(path)) throw new Error(`.dockerignore keeps ${path} out, which is copied`)
    const source = from === undefined ? join(root, path) : join(workdir(from), path.replace(/^\/app\//, ''))
    const target = join(app, to.endsWith('/') ? join(to, path.split('/').at(-1) ?? '') : to)
    await mkdir(dirname(target), { recursive: true })
    await cp(source, to === './' || to === '.' ? join(app, path) : target, { recursive: true })
  }
}

const run = async (script: string, cwd: string): Promise<void> => {
  const child = Bun.spawn(['sh', '-euc', script], { cwd, stdin: 'ignore', stdout: 'pipe', stderr: 'pipe' })
  const [out, err, code] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited])
  if (code !== 0) throw new Error(`RUN ended with ${code}: ${script}\n${out}${err}`)
}
