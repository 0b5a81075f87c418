import { expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { asyncApiDocument } from '../../../shared/contracts/asyncapi.ts'
import { TOPICS } from '../../../shared/contracts/topics.ts'
import { describePackage } from '../../support/tools.ts'

const document = asyncApiDocument({ version: '1', receives: [TOPICS.phaseOutcome] })
const Document = z.object({
  channels: z.record(z.string(), z.object({ address: z.string() })),
  operations: z.record(z.string(), z.unknown()),
  components: z.object({
    messages: z.record(
      z.string(),
      z.object({ name: z.string(), payload: z.looseObject({ required: z.array(z.string()) }) }),
    ),
  }),
})
const { channels, operations, components } = Document.parse(document)

test('every topic of the wire is a channel with the message that it carries', () => {
  expect(
    Object.values(channels)
      .map(({ address }) => address)
      .sort(),
  ).toEqual(Object.values(TOPICS).sort())
  expect(Object.keys(components.messages)).toEqual(Object.keys(channels))
  expect(components.messages['phaseOutcome']?.payload.required).toEqual(expect.arrayContaining(['event_type', 'data']))
})

test('what the service reads is an operation', () => {
  expect(Object.keys(operations)).toEqual(['receive_phaseOutcome'])
})

/** The parser as far as it is used here; it is installed apart, so its own types are not at hand. */
const Parser = z.custom<new () => { parse(text: string): Promise<{ diagnostics: unknown }> }>(
  (value) => typeof value === 'function',
)
const Diagnostics = z.array(z.looseObject({ severity: z.number(), message: z.string(), path: z.array(z.unknown()) }))

describePackage('@asyncapi/parser', "AsyncAPI's own parser", (path) => {
  test('finds no error in the document', async () => {
    const { main } = z.object({ main: z.string() }).parse(JSON.parse(readFileSync(join(path, 'package.json'), 'utf8')))
    const module: unknown = await import(join(path, main))
    const Made = z.object({ Parser }).parse(module).Parser
    const { diagnostics } = await new Made().parse(JSON.stringify(document))
    const errors = Diagnostics.parse(diagnostics).filter(({ severity }) => severity === 0)
    expect(errors.map(({ message, path }) => `${path.join('.')}: ${message}`)).toEqual([])
    const broken = await new Made().parse(JSON.stringify({ ...document, channels: { x: { address: 7 } } }))
    expect(Diagnostics.parse(broken.diagnostics).some(({ severity }) => severity === 0)).toBe(true)
  }, 30_000)
})
