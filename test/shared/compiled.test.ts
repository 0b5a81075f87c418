import { afterAll, beforeAll, describe, expect, setSystemTime, test } from 'bun:test'
import { z } from 'zod'
import { compiled } from '../../shared/compiled.ts'
import { Envelope } from '../../shared/contracts/envelope.ts'
import { MODELS } from '../../shared/contracts/registry.ts'
import { goldenSamples } from './contracts/samples.ts'

/** What may stand in a field's place; undefined takes it away. */
const ODD: readonly unknown[] = [undefined, null, '', ' 15.0 ', '2026-02-30', 7, -0.5, true, [], ['x'], {}, { x: 1 }]

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The value with each field of it, however deep, replaced by something odd. */
function* withOddFields(value: unknown): Generator<unknown> {
  if (!isObject(value)) return
  for (const [field, inner] of Object.entries(value)) {
    for (const odd of ODD) yield { ...value, [field]: odd }
    for (const odd of withOddFields(inner)) yield { ...value, [field]: odd }
  }
}

/** All that a reader gets to see: the order of the fields too, since it is that of the bytes which go out. */
const seen = (schema: z.ZodType, value: unknown): string => {
  const parsed = schema.safeParse(value)
  return JSON.stringify(parsed.success ? parsed.data : parsed.error.issues, (_, one) => one ?? String(one))
}

const withoutIds = Envelope.omit({ event_id: true, correlation_id: true })

describe('what is compiled reads as it did', () => {
  // Times that are not given are now, and ids that are not given are by chance: those fields are left alone.
  beforeAll(() => void setSystemTime(new Date('2026-02-03T08:15:30Z')))
  afterAll(() => void setSystemTime())

  for (const { model, topic, name, envelope } of goldenSamples())
    test(`${model}: ${name}`, () => {
      const { data, event_id: _, correlation_id: __, ...rest } = envelope
      for (const value of withOddFields({ ...rest, data }))
        expect(seen(compiled(withoutIds, 0), value)).toBe(seen(withoutIds, value))
      const schema = MODELS[topic]
      for (const value of [data, ...withOddFields(data)]) {
        const expected = seen(schema, value)
        if (seen(schema, value) === expected) expect(seen(compiled(schema, 0), value)).toBe(expected)
      }
    })
})

test('a schema is compiled once, and only when it is used often', () => {
  const schema = z.object({ a: z.string() })
  expect([compiled(schema, 2), compiled(schema, 2)]).toEqual([schema, schema])
  const fast = compiled(schema, 2)
  expect(fast).not.toBe(schema)
  expect(compiled(schema, 2)).toBe(fast)
})
