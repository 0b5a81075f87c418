import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { DateTime, dateTimeOf, Flag, Float, microsOf, Uuid, Whole } from '../../../shared/contracts/wire.ts'

describe('a date-time', () => {
  const spellings: readonly (readonly [string | number, string])[] = [
    ['2026-02-03T08:15:30Z', '2026-02-03T08:15:30Z'],
    ['2026-02-03t08:15:30z', '2026-02-03T08:15:30Z'],
    ['2026-02-03 08:15', '2026-02-03T08:15:00'],
    ['2026-02-03', '2026-02-03T00:00:00'],
    ['2026-02-03T08:15:30.000000+00:00', '2026-02-03T08:15:30Z'],
    ['2026-02-03T08:15:30.007Z', '2026-02-03T08:15:30.007000Z'],
    ['2026-02-03T08:15:30.1234567-0530', '2026-02-03T08:15:30.123456-05:30'],
    ['1770000000', '2026-02-02T02:40:00Z'],
    [1770000000.5, '2026-02-02T02:40:00.500000Z'],
    [1770000000123, '2026-02-02T02:40:00.123000Z'],
    [-1, '1969-12-31T23:59:59Z'],
  ]
  for (const [input, output] of spellings)
    test(`${input} is kept as ${output}`, () => {
      expect(DateTime.parse(input)).toBe(output)
    })

  const wrong = ['', 'soon', '2026-02-30T00:00:00Z', '2026-01-01T24:00:00Z', '2026-01-01T10:00:60Z', '0000-01-01', 1e15]
  for (const input of [...wrong, '2026-01-01T10:00:00+25:00', Number.NaN, true, null])
    test(`${JSON.stringify(input)} is refused`, () => {
      expect(DateTime.safeParse(input).success).toBe(false)
    })

  test('is the same after another reading, and has a place in time', () => {
    const time = fc.date({ min: new Date('0001-01-02'), max: new Date('9999-12-30'), noInvalidDate: true })
    fc.assert(
      fc.property(time, fc.constantFrom('', 'Z', '+01:00', '-0730', '+00:00'), (date, zone) => {
        const once = DateTime.parse(date.toISOString().replace('Z', zone))
        expect(DateTime.parse(once)).toBe(once)
        expect(Number.isFinite(microsOf(once))).toBe(true)
      }),
    )
  })

  test('made of milliseconds gives back its microseconds', () => {
    const micros = fc.integer({ min: 0, max: 4_000_000_000_000_000 })
    fc.assert(fc.property(micros, (at) => expect(microsOf(dateTimeOf(at / 1_000))).toBe(at)))
  })

  test('has its place in time in every year, whether or not it is spelled as usual', () => {
    // Later ones have more microseconds than a number can tell apart.
    const time = fc.date({ min: new Date('0001-01-01'), max: new Date('2200-01-01'), noInvalidDate: true })
    fc.assert(
      fc.property(time, (date) => {
        const text = DateTime.parse(date.toISOString())
        expect(microsOf(text)).toBe(date.getTime() * 1_000)
        expect(DateTime.parse(text.replace('Z', '+00:00').replace('T', ' '))).toBe(text)
      }),
      {
        examples: [
          [new Date('0001-01-01T00:00:00Z')],
          [new Date('0099-12-28T23:59:59.999Z')],
          [new Date('2024-02-29T12:00:00Z')],
        ],
      },
    )
  })

  test('counts as UTC without a zone, and moves with one', () => {
    expect(microsOf('1970-01-01T01:00:00.000001')).toBe(3_600_000_001)
    expect(microsOf('1970-01-01T01:00:00+01:00')).toBe(0)
  })
})

test('a UUID is read in every spelling of the wire and kept in lower case with dashes', () => {
  const id = '4848e3a5-d5b1-4c67-972f-7fd205078a55'
  for (const text of [id, id.toUpperCase(), id.replaceAll('-', ''), `{${id}}`, `urn:uuid:${id}`])
    expect(Uuid.parse(text)).toBe(id)
  for (const text of ['', 'x', id.slice(1), `${id}0`, 7]) expect(Uuid.safeParse(text).success).toBe(false)
})

test('a boolean is also a 1, a 0 or a word in any case, and nothing else', () => {
  for (const yes of [true, 1, '1', 'yes', 'ON', 'y', 'T', 'True']) expect(Flag.parse(yes)).toBe(true)
  for (const no of [false, 0, '0', 'No', 'off', 'N', 'f', 'FALSE']) expect(Flag.parse(no)).toBe(false)
  for (const neither of [2, 'maybe', '', null, [], 0.5]) expect(Flag.safeParse(neither).success).toBe(false)
})

test('a whole number is also a text or a float without a fraction', () => {
  for (const [input, output] of [
    [15, 15],
    ['15', 15],
    [15.0, 15],
    ['15.0', 15],
    ['-3', -3],
  ] as const)
    expect(Whole.parse(input)).toBe(output)
  for (const input of [12.5, '12.5', '', 'x', null, 2 ** 60]) expect(Whole.safeParse(input).success).toBe(false)
})

test('a float is also a text, but never empty or infinite', () => {
  expect([60, '60', '0.5', ' 1e2 '].map((input) => Float.parse(input))).toEqual([60, 60, 0.5, 100])
  for (const input of ['', ' ', 'x', 'Infinity', null]) expect(Float.safeParse(input).success).toBe(false)
})
