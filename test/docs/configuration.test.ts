import { expect, test } from 'bun:test'
import { join } from 'node:path'
import { z } from 'zod'
import { ConductorConfig } from '../../conductor/config.ts'
import { EmbeddedConfig } from '../../embedded/config.ts'
import { GatewayConfig } from '../../gateway/config.ts'
import { OrchestratorConfig } from '../../orchestrator/config.ts'
import { SimulatorConfig } from '../../simulator/config.ts'

/**
 * Holds `docs/configuration.md` against the schemas that read the environment: every name, its default, what it may be and
 * who reads it. What a name means is written by hand, and must be there.
 */

const page = await Bun.file(join(import.meta.dir, '../../docs/configuration.md')).text()

const START = 'npm start'
const READERS: Readonly<Record<string, z.ZodObject>> = {
  gateway: GatewayConfig,
  conductor: ConductorConfig,
  orchestrator: OrchestratorConfig,
  simulator: SimulatorConfig,
  [START]: EmbeddedConfig,
}
const SERVICES = Object.keys(READERS).filter((reader) => reader !== START)
/** The embedded process knows these names only to refuse them. */
const REFUSED = ['KAFKA_BROKERS', 'REDIS_URL']

interface Field {
  readonly reader: string
  readonly schema: z.ZodType
}
const fields = new Map<string, readonly Field[]>()
for (const [reader, { shape }] of Object.entries(READERS))
  for (const [name, schema] of Object.entries(shape)) {
    if (reader === START && REFUSED.includes(name)) continue
    fields.set(name, [...(fields.get(name) ?? []), { reader, schema: z.custom<z.ZodType>().parse(schema) }])
  }

const readBy = (all: readonly Field[]): string => {
  const readers = all.map(({ reader }) => reader)
  if (readers.length === Object.keys(READERS).length) return 'all'
  const services = SERVICES.every((service) => readers.includes(service)) ? ['each service'] : readers
  return (readers.includes(START) ? [...new Set([...services, START])] : services).join(', ')
}

/** What a schema makes of a variable that is not set. */
const presetOf = ({ schema }: Field): string => {
  const parsed = schema.safeParse(undefined)
  if (!parsed.success) return 'must be set'
  const { data } = parsed
  const isFactors = typeof data === 'object' && data !== null && !Array.isArray(data)
  const text = isFactors
    ? Object.entries(data)
        .map((entry) => entry.join('='))
        .join(',')
    : String(data ?? '')
  return text === '' ? 'not set' : `\`${text}\``
}
const presets = (all: readonly Field[]): string => {
  const texts = all.map((field) => ({ reader: field.reader, text: presetOf(field) }))
  const [first = { text: '' }] = texts
  const others = texts.filter(({ text }) => text !== first.text)
  return [first.text, ...others.map(({ reader, text }) => `${text} with ${reader}`)].join(', ')
}

/** What a schema says of a value that hardly any of them takes. */
const valuesOf = ([field]: readonly Field[]): string => {
  const parsed = field?.schema.safeParse('{ ?')
  if (parsed?.success) return Array.isArray(parsed.data) ? 'a comma list' : 'any text'
  return parsed?.error.issues[0]?.message.replace(/^must (be|have) /, '') ?? ''
}

const expected = [...fields].map(
  ([name, all]) => `| \`${name}\` | ${presets(all)} | ${valuesOf(all)} | ${readBy(all)} |`,
)
const rows = page.split('\n').filter((line) => /^\| `[A-Z]/.test(line))
const cellsOf = (row: string): readonly string[] =>
  row
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim())

test('the page has a row for every name, with its default, its values and its readers, and for no other', () => {
  const told = rows.map((row) => `| ${cellsOf(row).slice(0, 4).join(' | ')} |`)
  expect(told.toSorted()).toEqual(expected.toSorted())
})

test('every name has a meaning', () => {
  expect(rows.filter((row) => (cellsOf(row)[4] ?? '').length < 10)).toEqual([])
})

test('the embedded process refuses the names of engines', () => {
  for (const name of REFUSED) expect(EmbeddedConfig.safeParse({ [name]: 'redis://localhost:1' }).success).toBe(false)
})
