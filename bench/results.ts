import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { Figure, Row } from './figure.ts'

const Result = z.object({
  /** Cores, processor and runtime that it was measured on. */
  machine: z.string(),
  about: z.string(),
  command: z.string(),
  rows: z.array(
    z.object({
      what: z.string(),
      value: z.number(),
      ceiling: z.number().optional(),
      cpuMs: z.number().optional(),
      note: z.string().optional(),
    }),
  ),
})

/** What was measured last, by the names of figures. */
export const Results = z.record(z.string(), Result)
export type Results = z.infer<typeof Results>

const FILE = join(import.meta.dir, 'results.json')

/** Four digits are more than a machine repeats. */
const rounded = (value: number): number => Number(value.toPrecision(4))

/** Puts one figure's rows into the file, and leaves the others as they are. */
export const keepResult = async (
  { machine, figure, rows }: { machine: string; figure: Figure; rows: readonly Row[] },
  file = FILE,
): Promise<void> => {
  const kept: Results = existsSync(file) ? Results.parse(JSON.parse(await readFile(file, 'utf8'))) : {}
  const measured = rows.map(({ ceiling, cpuMs, ...row }) => ({
    ...row,
    value: rounded(row.value),
    ...(ceiling === undefined ? {} : { ceiling: rounded(ceiling) }),
    ...(cpuMs === undefined ? {} : { cpuMs: rounded(cpuMs) }),
  }))
  const result = { machine, about: figure.about, command: `npm run bench -- ${figure.name}`, rows: measured }
  const results = Results.parse({ ...kept, [figure.name]: result })
  const ordered = Object.fromEntries(Object.entries(results).sort(([a], [b]) => a.localeCompare(b)))
  await writeFile(file, `${JSON.stringify(ordered, undefined, 2)}\n`)
}
