import { afterAll, beforeAll, describe, expect, setSystemTime, test } from 'bun:test'
import { z } from 'zod'
import { compiled } from '../../shared/compiled.ts'
import { Envelope } from '../../shared/contracts/envelope.ts'
import { MODELS } from '../../shared/contracts/registry.ts'
import { goldenSamples } from './contracts/samples.ts'
import { seenBy, withOddFields } from './odd-values.ts'

const withoutIds = Envelope.omit({ event_id: true, correlation_id: true })

describe('what is compiled reads as it did', () => {
  // Times that are not given are now, and ids that are not given are by chance: those fields are left alone.
  beforeAll(() => void setSystemTime(new Date('2026-02-03T08:15:30Z')))
  afterAll(() => void setSystemTime())

  for (const { model, topic, name, envelope } of goldenSamples())
    test(`${model}: ${name}`, () => {
      const { data, event_id: _, correlation_id: __, ...rest } = envelope
      for (const value of withOddFields({ ...rest, data }))
        expect(seenBy(compiled(withoutIds, 0), value)).toBe(seenBy(withoutIds, value))
      const schema = MODELS[topic]
      for (const value of [data, ...withOddFields(data)]) {
        const expected = seenBy(schema, value)
        if (seenBy(schema, value) === expected) expect(seenBy(compiled(schema, 0), value)).toBe(expected)
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
